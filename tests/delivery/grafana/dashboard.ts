// SPDX-License-Identifier: GPL-2.0-only
// What a dashboard for import may hold: Grafana's published types, with those closed that they leave open.
import type { Dashboard, FieldConfigSource, Panel, RowPanel, VariableModel } from "@grafana/schema";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as timeline from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type * as graph from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";
import type * as text from "@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen";

// As JSON has it: the string of an enumeration for its member.
type Plain<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
// Without those members that are of any type by any name.
type Closed<T> = { [K in keyof T as string extends K ? never : K]: T[K] };
type Without<T, K extends string> = Omit<Closed<T>, K>;

type Source<S> = { type: S; uid: `\${DS_${Uppercase<S & string>}}` };
type Target<S> = { refId: string; datasource: Source<S> } & (S extends "graphite" ? { target: string; textEditor: true }
	: S extends "influxdb" ? { query: string; alias: string; rawQuery: true; resultFormat: "time_series" }
	: { expr: string; legendFormat: string; editorMode: "code"; format: "time_series"; instant: boolean; range: boolean });
type Unit = "short" | "none" | "pps" | "bps" | "percentunit" | "s" | "bytes" | `suffix:${string}`;

type Fields<Custom> = Without<FieldConfigSource, "defaults"> & {
	defaults: Without<FieldConfigSource["defaults"], "custom" | "unit"> & { unit?: Unit } & Custom };
type Drawn<Type, Options, Custom, S> = Without<Panel, "type" | "options" | "targets" | "datasource" | "fieldConfig" | "transformations">
	& { type: Type; options: Closed<Options>; fieldConfig: Fields<Custom>; targets: Target<S>[]; datasource: Source<S>;
		transformations?: { id: "renameByRegex"; options: { regex: string; renamePattern: string } }[] };
type Shown<S> = Drawn<"timeseries", graph.Options, { custom: graph.FieldConfig }, S>
	| Drawn<"stat", stat.Options, {}, S> | Drawn<"state-timeline", timeline.Options, { custom: timeline.FieldConfig }, S>
	| (Without<Panel, "type" | "options"> & { type: "text"; options: text.Options });
type Variable<S> = Without<VariableModel, "datasource" | "query">
	& { datasource: Source<S>; definition: string; query: S extends "prometheus" ? { query: string; qryType: 1; refId: "PrometheusVariableQueryEditor-VariableQuery" } : string };

export type Imported<S> = Plain<Without<Dashboard, "panels" | "templating"> & {
	panels: (Shown<S> | (Without<RowPanel, "panels"> & { panels: Shown<S>[] }))[]; templating: { list: Variable<S>[] };
	__inputs: { name: string; label: string; type: "datasource"; pluginId: S; pluginName: string; description: string }[];
	__requires: { type: "grafana" | "datasource" | "panel"; id: string; name: string; version: string }[] }>;
