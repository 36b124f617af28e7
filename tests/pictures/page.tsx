// SPDX-License-Identifier: GPL-2.0-only
// A page that shows a dashboard's JSON with the answers of its store, by the components of Grafana's that npm has:
// its graph, its big numbers, its frame of a panel, its Markdown. A state timeline is not among them: here it is a stand-in.
import { createTheme, dateTime, FieldType, getDisplayProcessor, renderMarkdown, ThemeContext, toDataFrame } from "@grafana/data";
import { BigValue, GlobalStyles, PanelChrome, TimeSeries } from "@grafana/ui";
import { createRoot } from "react-dom/client";
import "uplot/dist/uPlot.min.css";

declare const window: any;
const theme = createTheme({ colors: { mode: "dark" } });
const GAP = 8, CELL = 30; // pixels of Grafana's grid
const { dashboard, answers, interfaces, from, to } = window.picture;
const range = { from: dateTime(from * 1000), to: dateTime(to * 1000), raw: { from: dateTime(from * 1000), to: dateTime(to * 1000) } };

// What Grafana's panel would add where the JSON says nothing.
const CUSTOM = { drawStyle: "line", lineInterpolation: "linear", lineWidth: 1, fillOpacity: 0, gradientMode: "none", showPoints: "auto",
	pointSize: 5, axisPlacement: "auto", axisColorMode: "text", scaleDistribution: { type: "linear" }, spanNulls: false,
	hideFrom: { tooltip: false, viz: false, legend: false }, thresholdsStyle: { mode: "off" }, barAlignment: 0 };

function fieldOf(panel: any, answer: any, seriesIndex: number) {
	const { defaults, overrides } = panel.fieldConfig;
	const config = { color: { mode: "palette-classic" }, ...defaults, displayName: answer.legend, custom: { ...CUSTOM, ...defaults.custom } };
	for (const { matcher, properties } of overrides)
		if (new RegExp(matcher.options.slice(1, -1)).test(answer.legend))
			for (const { id, value } of properties)
				id.startsWith("custom.") ? (config.custom[id.slice(7)] = value) : (config[id] = value);
	const field: any = { name: "Value", type: FieldType.number, values: answer.values, config, state: { seriesIndex, displayName: answer.legend } };
	field.display = getDisplayProcessor({ field, theme });
	return field;
}

function Graph({ panel, series, width, height }: any) {
	const frames = series.map((answer: any, index: number) => {
		const field = fieldOf(panel, answer, index);
		const frame = toDataFrame({ refId: answer.refId, fields: [{ name: "Time", type: FieldType.time, values: answer.times.map((t: number) => t * 1000) }, field] });
		frame.fields[1].state = field.state;
		frame.fields[1].display = field.display;
		return frame;
	});
	return <TimeSeries frames={frames} width={width} height={height} timeRange={range as any} timeZone="utc" legend={panel.options.legend} options={panel.options} />;
}

function Numbers({ panel, series, width, height }: any) {
	const named = panel.options.textMode === "value_and_name";
	const each = Math.floor(width / Math.max(series.length, 1)) - 4;
	return <div style={{ display: "flex", gap: 4 }}>{series.map((answer: any, index: number) => {
		const field = fieldOf(panel, answer, index);
		const value = field.display(answer.values.filter((v: any) => v !== null).at(-1));
		return <BigValue key={index} theme={theme} width={each} height={height} colorMode={panel.options.colorMode} graphMode={panel.options.graphMode}
			textMode={panel.options.textMode} value={{ ...value, title: named ? answer.legend : undefined } as any} />;
	})}</div>;
}

// Stands in for Grafana's state timeline: its colours and texts, by the mappings of the JSON.
function States({ panel, series, width, height }: any) {
	const names = 110, line = Math.min(60, height / Math.max(series.length, 1));
	const x = (t: number) => names + ((t - from) / (to - from)) * (width - names);
	return <svg width={width} height={height}>{series.map((answer: any, row: number) => {
		const { display } = fieldOf(panel, answer, row);
		const starts = answer.values.map((v: any, i: number) => [v, i]).filter(([v, i]: any) => v !== null && v !== answer.values[i - 1]);
		return <g key={row}><text x={0} y={row * line + line / 2} fill="#ccccdc" fontSize={12}>{answer.legend}</text>
			{starts.map(([v, i]: any, n: number) => {
				const begin = x(answer.times[i]), end = x(n + 1 < starts.length ? answer.times[starts[n + 1][1]] : to), shown = display(v);
				return <g key={n}><rect x={begin} y={row * line + 4} width={Math.max(end - begin, 1)} height={line - 8} fill={shown.color} opacity={0.7} />
					{end - begin > 80 && <text x={begin + 6} y={row * line + line / 2 + 4} fill="white" fontSize={12}>{shown.text}</text>}</g>;
			})}</g>;
	})}</svg>;
}

const KINDS: any = { timeseries: Graph, stat: Numbers, "state-timeline": States };

function Panel({ panel, cell }: any) {
	const { x, y, w, h } = panel.gridPos;
	const at = { position: "absolute" as const, left: x * cell, top: y * (CELL + GAP), width: w * cell - GAP, height: h * (CELL + GAP) - GAP };
	if (panel.type === "row")
		return <div style={{ ...at, color: theme.colors.text.primary, fontWeight: 500, paddingTop: 6 }}>{panel.collapsed ? "›" : "⌄"} {panel.title}</div>;
	if (panel.repeat)
		return interfaces.map((name: string, n: number) => <Panel key={name} cell={cell} panel={{ ...panel, repeat: undefined, only: name,
			title: panel.title.replace("$interface", name), gridPos: { x: (n * w) / interfaces.length, y, w: w / interfaces.length, h } }} />);
	const series = answers.filter((answer: any) => answer.panel === panel.id && (!panel.only || answer.legend.includes(` ${panel.only} `)));
	const Kind = KINDS[panel.type];
	return <div style={at} data-panel={panel.title} data-series={series.length}>
		<PanelChrome title={panel.title} description={panel.description} width={at.width} height={at.height}>
			{(width: number, height: number) => panel.type === "text"
				? <div className="markdown-html" style={{ width, height, overflow: "auto" }} dangerouslySetInnerHTML={{ __html: renderMarkdown(panel.options.content) }} />
				: series.length ? <Kind panel={panel} series={series} width={width} height={height} />
				: <div style={{ textAlign: "center" }}>{panel.fieldConfig.defaults.noValue ?? "No data"}</div>}
		</PanelChrome></div>;
}

const cell = window.innerWidth / 24;
const bottom = Math.max(...dashboard.panels.map((panel: any) => panel.gridPos.y + panel.gridPos.h));
createRoot(document.getElementById("root")!).render(
	<ThemeContext.Provider value={theme}><GlobalStyles />
		<div style={{ position: "relative", height: bottom * (CELL + GAP), background: theme.colors.background.canvas }}>
			{dashboard.panels.map((panel: any) => <Panel key={panel.id} panel={panel} cell={cell} />)}</div></ThemeContext.Provider>);
