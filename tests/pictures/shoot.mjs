// SPDX-License-Identifier: GPL-2.0-only
// Takes a picture of a dashboard by Chromium, and prints what is wrong with it: text that is cut off, panels in which
// nothing is drawn, errors. shoot.mjs PAGE.js PICTURE.json OUT.png [WIDTH [HEIGHT]]
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [script, picture, out, width = "1600", height] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: +width, height: 1000 } });
const wrong = [];
page.on("pageerror", (error) => wrong.push(`error: ${error.stack}`));
page.on("console", (message) => message.type() === "error" && !message.text().includes("ERR_NAME_NOT_RESOLVED") && wrong.push(`error: ${message.text()}`));
// An address of its own, for a page without one has no localStorage.
await page.route("http://picture.invalid/", (route) => route.fulfill({ contentType: "text/html",
	body: '<body style="margin:0"><div id="root"></div></body>' }));
await page.goto("http://picture.invalid/");
// Fonts of Grafana's own are not there; the machine's do.
await page.evaluate(`window.picture = ${readFileSync(picture, "utf8")}`);
await page.addStyleTag({ path: script.replace(/js$/, "css") });
await page.addScriptTag({ path: script });
await page.waitForSelector("[data-panel]", { timeout: 20000 }).catch((error) => {
	console.log(wrong.join("\n"));
	throw error;
});
await page.waitForFunction(() => [...document.querySelectorAll("canvas")].every((canvas) => canvas.width > 0));
await page.waitForTimeout(1000);
wrong.push(...await page.evaluate(() => [...document.querySelectorAll(".markdown-html")]
	.filter((text) => text.scrollHeight > text.clientHeight)
	.map((text) => `text is cut off: ${text.textContent.slice(0, 40)}: ${text.scrollHeight} of ${text.clientHeight} pixels`)));
wrong.push(...await page.evaluate(() => [...document.querySelectorAll("[data-series]")]
	.filter((panel) => panel.dataset.series > 0 && !panel.querySelector("canvas, svg rect, [class*=value], span"))
	.map((panel) => `nothing is drawn: ${panel.dataset.panel}`)));
await page.screenshot({ path: out, fullPage: !height, ...(height ? { clip: { x: 0, y: 0, width: +width, height: +height } } : {}) });
await browser.close();
console.log(wrong.join("\n"));
process.exit(wrong.length ? 1 : 0);
