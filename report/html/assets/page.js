// The behavior of a report: curves to zoom, previews by checkpoint, a command to copy. It reads the element "data" and asks
// for nothing else.
"use strict";
(() => {
	const data = JSON.parse(document.getElementById("data").textContent);
	const dark = matchMedia("(prefers-color-scheme: dark)");
	const color = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
	const hues = 6; // --hue-0 … of page.css
	// wholeSteps are distances between ticks: there is no half a step of training.
	const wholeSteps = [...Array(16).keys()].flatMap(power => [1, 2, 5].map(n => n * 10 ** power));
	const short = v => v == null ? "" : v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e6) ? (+v.toPrecision(3)).toExponential() : String(+v.toPrecision(4));
	const whole = v => v == null ? "" : Math.round(v).toLocaleString("en-US");

	// table puts the series of a chart, each with steps of its own or those of the chart, over common steps.
	function table(chart) {
		const parts = chart.series.map(s => [s.x || chart.x, s.y]);
		if (parts.every(p => p[0] === parts[0][0])) return [parts[0][0], ...parts.map(p => p[1])];
		return uPlot.join(parts);
	}

	function series(s) {
		const stroke = () => color("hue-" + s.color % hues);
		return {
			label: s.name, spanGaps: true, value: (_, v) => v == null ? "–" : short(v),
			stroke: s.faint ? () => stroke() + "90" : stroke, width: s.faint ? 1 : 2,
			dash: s.dash || s.color >= hues ? [6, 4] : undefined,
			points: {show: s.y.filter(v => v != null).length <= 20 && !s.faint, size: 5},
		};
	}

	// ticks are places on a logarithmic axis: 1, 2 and 5 of each power of ten, or even steps where those are too few.
	function ticks(min, max) {
		let list = [];
		if (max / min > 12) {
			for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power++) {
				for (const n of max / min > 1e4 ? [1] : [1, 2, 5]) list.push(+(n * 10 ** power).toPrecision(2));
			}
		} else {
			const rough = (max - min) / 6, power = 10 ** Math.floor(Math.log10(rough));
			const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough);
			for (let n = Math.ceil(min / step); n * step <= max; n++) list.push(+(n * step).toPrecision(12));
		}
		return list.filter(v => v >= min && v <= max);
	}

	function options(chart, width) {
		const log = chart.log ? {splits: (_, i, min, max) => ticks(min, max), filter: (_, list) => list} : {};
		const axis = {
			stroke: () => color("faint"), grid: {stroke: () => color("line"), width: 1}, ticks: {stroke: () => color("line"), width: 1},
			font: "12px system-ui, sans-serif",
		};
		return {
			width, height: 260, cursor: {sync: {key: "step", setSeries: false}, drag: {x: true, y: false}},
			legend: {live: chart.series.length <= 8, markers: {dash: (plot, i) => plot.series[i].dash?.length ? "dashed" : "solid"}},
			scales: {x: {time: false}, y: chart.log ? {distr: 3, range: (_, min, max) => min == null ? [1, 10] : [min / 1.1, max * 1.1]} : {}},
			axes: [
				{...axis, incrs: wholeSteps, values: (_, list) => list.map(compact)},
				{...axis, ...log, size: 64, values: (_, list) => list.map(v => v == null ? "" : short(v))},
			],
			series: [{label: "step", value: (_, v) => v == null ? "–" : whole(v)}, ...chart.series.map(series)],
		};
	}

	const compact = v => v == null ? "" : Math.abs(v) >= 1e6 ? short(v / 1e6) + "M" : Math.abs(v) >= 1e4 ? short(v / 1e3) + "k" : short(v);

	// touch lets a finger choose a range, as uPlot lets a mouse.
	function touch(plot) {
		const over = plot.over;
		let from = null;
		const at = e => Math.min(Math.max(e.clientX - over.getBoundingClientRect().left, 0), over.clientWidth);
		const select = to => plot.setSelect({left: Math.min(from, to), top: 0, width: Math.abs(to - from), height: over.clientHeight}, false);
		over.addEventListener("pointerdown", e => { if (e.pointerType === "touch") from = at(e); });
		over.addEventListener("pointermove", e => { if (from != null && e.pointerType === "touch") select(at(e)); });
		over.addEventListener("pointercancel", () => { from = null; plot.setSelect({left: 0, top: 0, width: 0, height: 0}, false); });
		over.addEventListener("pointerup", e => {
			if (from == null || e.pointerType !== "touch") return;
			const to = at(e), [low, high] = [Math.min(from, to), Math.max(from, to)];
			from = null;
			plot.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
			if (high - low > 10) plot.setScale("x", {min: plot.posToVal(low, "x"), max: plot.posToVal(high, "x")});
		});
	}

	// draw makes the plot of one chart, again where its axis turns logarithmic.
	function draw(place, chart) {
		const box = place.querySelector(".plot"), values = table(chart);
		let plot = new uPlot(options(chart, box.clientWidth), values, box);
		touch(plot);
		const first = values[0][0], last = values[0][values[0].length - 1];
		const zoom = (min, max) => { if (first < last) plot.setScale("x", {min, max}); }; // a lone point has no range
		place.querySelector(".reset").addEventListener("click", () => zoom(first, last));
		place.querySelector(".in").addEventListener("click", () => {
			const {min, max} = plot.scales.x, part = (max - min) / 4;
			zoom(min + part, max - part);
		});
		place.querySelector(".late").addEventListener("click", () => zoom(first + (last - first) / 2, last));
		const log = place.querySelector(".log");
		if (log) log.addEventListener("change", () => {
			chart.log = log.checked;
			plot.destroy();
			plot = new uPlot(options(chart, box.clientWidth), values, box);
			touch(plot);
			window.charts[chart.title] = plot;
		});
		new ResizeObserver(() => plot.setSize({width: box.clientWidth, height: 260})).observe(box);
		dark.addEventListener("change", () => plot.redraw(false));
		return plot;
	}

	window.charts = {}; // by title, for whoever explores the page in a console
	document.querySelectorAll(".chart").forEach((place, i) => { window.charts[data.charts[i].title] = draw(place, data.charts[i]); });

	// The slider shows one of the previews.
	document.querySelectorAll(".previews").forEach(previews => {
		const slider = previews.querySelector("input"), label = previews.querySelector("output");
		const pictures = [...previews.querySelectorAll("img")];
		const show = () => {
			pictures.forEach((p, i) => { p.hidden = i !== +slider.value; });
			label.textContent = pictures[+slider.value].alt;
		};
		slider.addEventListener("input", show);
		slider.disabled = pictures.length < 2;
		show();
	});

	document.querySelectorAll("button.copy").forEach(button => button.addEventListener("click", async () => {
		const code = button.parentElement.querySelector("code");
		try {
			await navigator.clipboard.writeText(code.textContent);
			button.textContent = "copied";
		} catch { // a page from a file may not write to the clipboard
			getSelection().selectAllChildren(code);
			button.textContent = "selected";
		}
	}));
})();
