// The curves of some runs over each other: loss, evaluations with their floors, gradients, learning rate, speed. New points are added
// as they come.

import {get} from "./api.js";
import {Chart, smooth} from "./charts.js";
import {check, choose, empty, field, h, problem} from "./dom.js";

// The charts, in their order: the columns of the log that each shows, the second as a dashed floor.
const charts = [
	["Loss", ["loss"]], ["Loss of held-out rows", ["held_out_loss"]], ["Distance from held-out rows (sliced W1)", ["sliced_w1", "floor"]],
	["Agreement of pairs of columns", ["pairs_tv10", "pairs_tv10_floor"]], ["Real or synthetic: AUC of a classifier", ["c2st_boosting_auc"]],
	["Agreement of columns", ["column_shapes"]], ["Score", ["score"]], ["Nearer to training rows", ["nearer_to_training"]],
	["Share nearer to training rows", ["dcr_share"]], ["Membership inference (AUC)", ["membership_auc"]],
	["Gradient norm", ["grad_norm"]], ["Learning rate", ["lr"]], ["Steps per second", ["steps_per_s"]],
];

const mostRows = 6000; // of a log, of which the server sends 2000 at most

export class Curves {
	constructor(scope) {
		Object.assign(this, {scope, runs: new Map(), shown: new Map(), axis: "step", weight: 0, drawing: false});
		this.box = h("div", {class: "charts"});
		this.note = h("div");
		const slider = h("input", {type: "range", min: 0, max: 0.99, step: 0.01, value: 0, oninput: () => {
			this.weight = +slider.value;
			this.draw();
		}});
		slider.classList.add("smoothing");
		this.element = h("div", {class: "curves"},
			h("div", {class: "toolbar"},
				field("Smoothing", slider),
				field("Over", choose([["step", "steps"], ["epoch", "epochs"]], "step", v => { this.axis = v; this.redraw(); })),
				check("logarithmic", false, on => this.logarithmic(on))),
			this.note, this.box);
		scope.on("metrics", e => this.add(e));
		scope.signal.addEventListener("abort", () => { for (const c of this.shown.values()) c.end(); });
	}

	logarithmic(on) {
		this.log = on;
		for (const chart of this.shown.values()) {
			const box = chart.element.querySelector("input");
			if (box.checked !== on) box.click();
		}
	}

	redraw() {
		for (const c of this.shown.values()) c.end();
		this.shown.clear();
		this.draw();
	}

	// show chooses the runs: [{id, name, color}]. fetch reads their logs: call it when events flow.
	show(list) {
		const before = this.runs;
		this.runs = new Map(list.map(r => [r.id, Object.assign(before.get(r.id) || {data: null, late: null}, r)]));
		this.draw();
	}

	async fetch() {
		await Promise.all([...this.runs.values()].map(r => this.read(r)));
	}

	async read(r) {
		const late = r.late = []; // points that come meanwhile
		try {
			const answer = await get("/api/metrics", {id: r.id}, this.scope.signal);
			if (r.late !== late) return; // it is read once more
			r.error = answer.error ? new Error(answer.error) : null;
			r.data = {columns: answer.columns, rows: answer.rows};
			for (const e of late) append(r.data, e);
			r.late = null;
		} catch (error) {
			if (error.name === "AbortError") return;
			r.error = error;
		}
		this.draw();
	}

	// add takes an event with points.
	add(e) {
		const r = this.runs.get(e.id);
		if (!r) return;
		if (e.reset) return this.read(r);
		r.late?.push(e);
		if (r.data) append(r.data, e);
		if (r.data?.rows.length > mostRows && !r.late) return this.read(r); // which thins them
		this.draw();
	}

	// draw draws once per frame at most.
	draw() {
		if (this.drawing) return;
		this.drawing = true;
		requestAnimationFrame(() => {
			this.drawing = false;
			if (!this.scope.signal.aborted) this.drawNow();
		});
	}

	drawNow() {
		const runs = [...this.runs.values()];
		const failed = runs.filter(r => r.error);
		this.note.replaceChildren(...failed.map(r => problem(new Error(`${r.name}: ${r.error.message}`))));
		let any = false;
		for (const [title, columns] of charts) {
			const list = runs.flatMap(r => r.data ? this.series(r, columns) : []);
			let chart = this.shown.get(title);
			if (list.length === 0) {
				chart?.end();
				this.shown.delete(title);
				continue;
			}
			any = true;
			if (!chart) {
				chart = new Chart(title, {xTitle: this.axis, sync: "curves", log: this.log && title !== "Learning rate"});
				this.shown.set(title, chart);
				this.place(title, chart);
			}
			chart.set(list);
		}
		const read = runs.some(r => r.data);
		if (!any && read && failed.length === 0) {
			this.note.replaceChildren(empty("There are no points yet: the first comes after train.log_every steps."));
		}
	}

	// place puts a chart where its turn is.
	place(title, chart) {
		const order = charts.map(c => c[0]);
		const next = [...this.box.children].find(c => order.indexOf(c.getAttribute("aria-label")) > order.indexOf(title));
		this.box.insertBefore(chart.element, next || null);
	}

	series(r, columns) {
		const x = r.data.columns.indexOf(this.axis), list = [];
		columns.forEach((column, i) => {
			const at = r.data.columns.indexOf(column), xs = [], ys = [];
			if (at < 0) return;
			for (const row of r.data.rows) {
				if (row[at] != null && row[x] != null && !(row[x] <= xs[xs.length - 1])) {
					xs.push(row[x]);
					ys.push(row[at]);
				}
			}
			if (ys.length === 0) return;
			const name = i ? `${r.name}: floor` : r.name, common = {x: xs, color: r.color};
			if (this.weight && !i && ys.length > 2) {
				list.push({...common, name: r.name + " as logged", y: ys, faint: true}, {...common, name, y: smooth(ys, this.weight)});
			} else {
				list.push({...common, name, y: ys, dash: i > 0});
			}
		});
		return list;
	}
}

// append adds rows that come after the last.
function append(data, e) {
	const last = data.rows.length ? data.rows[data.rows.length - 1][0] : -1;
	const order = data.columns.map(c => e.columns.indexOf(c));
	for (const row of e.rows) if (row[0] > last) data.rows.push(order.map(i => i < 0 ? null : row[i]));
}
