// Curves: a chart is drawn by uPlot, and new numbers are put into it without drawing it anew, so that a zoom stays.

import {check, css, dark, h, hues, short, whole} from "./dom.js";

const compact = v => v == null ? "" : Math.abs(v) >= 1e6 ? short(v / 1e6) + "M" : Math.abs(v) >= 1e4 ? short(v / 1e3) + "k" : short(v);

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

const logScale = {distr: 3, range: (_, min, max) => min == null ? [1, 10] : [min / 1.1, max * 1.1]};
const logAxis = {splits: (_, i, min, max) => ticks(min, max), filter: (_, list) => list};

// uPlot calls with what a chart shows: see Chart.set.
function series(s) {
	const stroke = () => css(s.color == null ? "faint" : "hue-" + s.color % hues); // null: a floor
	return {
		label: s.name, spanGaps: true, value: (_, v) => v == null ? "–" : short(v), class: s.faint ? "quiet" : undefined,
		stroke: s.faint ? () => stroke() + "50" : stroke, width: s.faint ? 1 : 2,
		dash: s.dash || s.color >= hues ? [6, 4] : undefined,
		points: {show: !s.faint && s.y.length <= 30, size: 6, fill: () => css("paper")},
	};
}

export class Chart {
	// title is above the chart; xTitle below it. sync joins the cursors of charts that have the same.
	constructor(title, {xTitle = "step", sync = "", height = 250, log = false, logX = false} = {}) {
		Object.assign(this, {title, xTitle, sync, height, log, logX, list: [], plot: null});
		this.box = h("div", {class: "plot", title: "Drag to zoom in"});
		this.reset = h("button", {type: "button", hidden: true, onclick: () => this.whole()}, "reset zoom");
		this.element = h("section", {class: "chart", "aria-label": title},
			h("div", {class: "bar"}, h("h3", {}, title), check("log", log, on => { this.log = on; this.make(); }), this.reset), this.box);
		this.watcher = new ResizeObserver(() => this.fit());
		this.watcher.observe(this.box);
		dark.addEventListener("change", this.repaint = () => this.plot?.redraw(false));
	}

	// set shows series: {name, color: a number, x: […], y: […], dash, faint}.
	set(list) {
		const form = l => JSON.stringify(l.map(s => [s.name, s.color, s.dash, s.faint, s.y.length <= 30]));
		const same = this.plot && form(list) === form(this.list);
		this.element.dataset.last = Math.max(...list.map(s => s.x[s.x.length - 1]));
		this.list = list;
		if (!same) return this.make();
		const zoom = this.zoomed();
		this.plot.setData(this.values(), !zoom);
		if (zoom) this.plot.setScale("x", zoom);
	}

	// values are what uPlot draws; a logarithmic axis has no place for numbers that are not positive.
	values() {
		if (this.list.length === 0) return [[], []];
		const [x, ...columns] = this.list.length === 1 ? [this.list[0].x, this.list[0].y] : uPlot.join(this.list.map(s => [s.x, s.y]));
		return [x, ...this.isLog ? columns.map(c => Array.from(c, v => v > 0 ? v : null)) : columns];
	}

	// zoomed is the part of the axis that is shown, if it is not all.
	zoomed() {
		const x = this.plot?.data[0], {min, max} = this.plot?.scales.x || {};
		return x?.length > 1 && (min > x[0] || max < x[x.length - 1]) ? {min, max} : null;
	}

	whole() {
		const x = this.plot?.data[0];
		if (x?.length > 1) this.plot.setScale("x", {min: x[0], max: x[x.length - 1]});
	}

	make() {
		const zoom = this.zoomed();
		this.plot?.destroy();
		this.plot = null;
		const width = this.box.clientWidth;
		if (width < 50) return; // not on the page yet: fit calls again
		const log = this.isLog = this.log && this.list.some(s => s.y.some(v => v > 0));
		const axis = {
			stroke: () => css("faint"), grid: {stroke: () => css("line"), width: 1}, ticks: {stroke: () => css("line"), width: 1},
			font: "12px system-ui, sans-serif",
		};
		const cursor = {drag: {x: true, y: false}};
		if (this.sync) cursor.sync = {key: this.sync, setSeries: false};
		this.plot = new uPlot({
			width, height: this.height, cursor, hooks: {setScale: [(plot, key) => {
				const x = plot.data[0], {min, max} = plot.scales.x;
				if (key === "x") this.reset.hidden = !(x.length > 1 && (min > x[0] || max < x[x.length - 1]));
			}]},
			legend: {live: this.list.length <= 12, markers: {dash: (plot, i) => plot.series[i].dash?.length ? "dashed" : "solid"}},
			scales: {x: {time: false, ...this.logX ? logScale : {}}, y: log ? logScale : {}},
			axes: [
				{...axis, ...this.logX ? logAxis : {}, values: (_, list) => list.map(compact)},
				{...axis, ...log ? logAxis : {}, size: 68, values: (_, list) => list.map(v => v == null ? "" : short(v).replace("e+", "e"))},
			],
			series: [{label: this.xTitle, value: (_, v) => Number.isInteger(v) ? whole(v) : short(v)}, ...this.list.map(series)],
		}, this.values(), this.box);
		touch(this.plot);
		if (zoom) this.plot.setScale("x", zoom);
	}

	fit() {
		if (!this.plot) this.make();
		else if (this.box.clientWidth >= 50) this.plot.setSize({width: this.box.clientWidth, height: this.height});
	}

	end() {
		this.watcher.disconnect();
		dark.removeEventListener("change", this.repaint);
		this.plot?.destroy();
		this.element.remove();
	}
}

// touch lets a finger choose a range, as uPlot lets a mouse.
function touch(plot) {
	const over = plot.over;
	let from = null;
	const at = e => Math.min(Math.max(e.clientX - over.getBoundingClientRect().left, 0), over.clientWidth);
	const select = (left, width) => plot.setSelect({left, top: 0, width, height: width && over.clientHeight}, false);
	over.addEventListener("pointerdown", e => { if (e.pointerType === "touch") from = at(e); });
	over.addEventListener("pointermove", e => {
		if (from != null && e.pointerType === "touch") select(Math.min(from, at(e)), Math.abs(at(e) - from));
	});
	over.addEventListener("pointercancel", () => { from = null; select(0, 0); });
	over.addEventListener("pointerup", e => {
		if (from == null || e.pointerType !== "touch") return;
		const to = at(e), [low, high] = [Math.min(from, to), Math.max(from, to)];
		from = null;
		select(0, 0);
		if (high - low > 10) plot.setScale("x", {min: plot.posToVal(low, "x"), max: plot.posToVal(high, "x")});
	});
}

// smooth is a moving average with weights that fall off by w per point, without the pull of its start (Adam's correction).
export function smooth(y, w) {
	let sum = 0, weight = 0;
	return y.map(v => {
		sum = w * sum + (1 - w) * v;
		weight = w * weight + 1 - w;
		return sum / weight;
	});
}
