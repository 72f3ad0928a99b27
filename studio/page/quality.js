// Quality against steps: how far samples of each solver are from the data, for several numbers of evaluations of the net, and the
// floor: how far as many rows of the data are from others.

import {run} from "./api.js";
import {Chart} from "./charts.js";
import {Controls} from "./controls.js";
import {frame, waitForCheckpoint, without} from "./frame.js";
import {check, copyable, doing, empty, field, h, problem, seconds, short} from "./dom.js";

// Results stay while other views are shown: they take long.
const kept = new Map();

export async function show(place, params, scope) {
	const {detail, body} = await frame(place, params, scope);
	const nothing = without(detail);
	if (nothing) {
		body.append(nothing);
		return waitForCheckpoint(scope, detail);
	}
	if (detail.run.kind === "table") {
		return body.append(empty("Solvers are compared on points and images. How near the rows of this table are: see Real and synthetic."));
	}
	scope.watch([detail.run.id]);
	body.append(new Quality(scope, detail).element);
}

class Quality {
	constructor(scope, detail) {
		Object.assign(this, {scope, detail, running: null, hidden: new Set()});
		this.controls = new Controls(detail, () => {}, {n: 2000, only: ["checkpoint", "weights"]});
		this.budgets = h("input", {type: "text", value: "5, 10, 20, 50, 100", spellcheck: "false"});
		this.n = h("input", {type: "number", value: detail.run.kind === "images" ? 500 : 2000, min: 2, max: 20000});
		this.rounds = h("input", {type: "number", value: 1, min: 1, max: 10});
		this.button = h("button", {type: "submit", class: "main"}, "Compare solvers");
		this.bar = h("progress", {max: 1, value: 0, "aria-label": "Comparing"});
		this.state = h("span", {class: "faint", role: "status"});
		this.notes = h("div");
		this.out = h("div");
		this.chart = null;
		const form = this.controls.element;
		form.append(field("Evaluations of the net (NFE)", this.budgets, "with commas between"),
			field("Samples", this.n), field("Rounds", this.rounds, "means over so many seeds"), this.button);
		form.addEventListener("submit", () => this.running ? this.running.abort() : this.compare());
		this.element = h("div", {class: "play form-first"}, form, h("div", {class: "result"},
			h("div", {class: "status"}, this.state, this.bar), this.notes, this.out));
		scope.signal.addEventListener("abort", () => { this.running?.abort(); this.chart?.end(); });
		const before = kept.get(detail.run.id);
		if (before) this.tell(before);
		else {
			this.out.append(empty("Each solver draws samples with each number of evaluations, and their distance from the data is measured. ",
				"This takes from seconds to minutes: press Compare solvers."));
		}
	}

	async compare() {
		const mine = this.running = new AbortController(), wish = this.controls.wish();
		const steps = this.budgets.value.split(/[\s,;]+/).filter(Boolean).map(Number);
		this.notes.replaceChildren();
		this.button.textContent = "Cancel";
		this.bar.classList.add("on");
		this.bar.removeAttribute("value");
		this.state.textContent = "comparing …";
		try {
			if (steps.some(s => !Number.isInteger(s))) throw new Error("Give whole numbers of evaluations with commas between, such as 5, 10, 20.");
			const result = await run("/api/quality", {
				id: wish.id, checkpoint: wish.checkpoint, weights: wish.weights, steps, n: +this.n.value, rounds: +this.rounds.value, solvers: [],
			}, j => {
				if (j.total) this.bar.value = j.done / j.total;
				this.state.textContent = doing(j, "comparing");
			}, mine.signal);
			kept.set(this.detail.run.id, result);
			this.tell(result);
			this.state.textContent = `took ${seconds(result.seconds)}`;
		} catch (error) {
			this.state.textContent = error.name === "AbortError" ? "canceled" : "";
			if (error.name !== "AbortError") this.notes.replaceChildren(problem(error));
		} finally {
			this.running = null;
			this.button.textContent = "Compare solvers";
			this.bar.classList.remove("on");
		}
	}

	tell(result) {
		this.result = result;
		this.chart?.end();
		this.chart = new Chart("Distance from the data (sliced W1) against evaluations", {xTitle: "NFE", log: true, logX: true, height: 380});
		const solvers = [...new Set(result.rows.map(r => r.solver))];
		const best = s => Math.min(...result.rows.filter(r => r.solver === s && r.sliced_w1 != null).map(r => r.sliced_w1));
		solvers.sort((a, b) => best(a) - best(b));
		if (this.hidden.size === 0) solvers.slice(6).forEach(s => this.hidden.add(s)); // the six best are enough to begin with
		this.colors = new Map(solvers.map((s, i) => [s, i]));
		const boxes = solvers.map(s => check(s, !this.hidden.has(s), on => {
			if (on) this.hidden.delete(s); else this.hidden.add(s);
			this.draw();
		}));
		const budgets = [...new Set(result.rows.map(r => r.budget))].sort((a, b) => (a || Infinity) - (b || Infinity));
		const cell = (s, b) => {
			const r = result.rows.find(r => r.solver === s && r.budget === b);
			const text = !r ? "" : r.why ? "–" : short(r.sliced_w1);
			return h("td", {class: "number", title: r ? r.why || `${r.steps} steps, ${short(r.nfe)} evaluations` : false}, text);
		};
		const floor = h("tr", {class: "mean"}, h("td", {}, "floor: data against data"),
			h("td", {class: "number", colspan: budgets.length}, short(result.floor)));
		this.out.replaceChildren(this.chart.element,
			h("fieldset", {class: "solvers"}, h("legend", {}, "Solvers in the chart, the best first"), boxes),
			h("div", {class: "wide", tabindex: 0, role: "region", "aria-label": "Distances"}, h("table", {},
				h("thead", {}, h("tr", {}, h("th", {}, "solver"), budgets.map(b => h("th", {class: "number"}, b ? `NFE ≤ ${b}` : "more")))),
				h("tbody", {}, solvers.map(s => h("tr", {}, h("td", {}, s), budgets.map(b => cell(s, b)))), floor))),
			h("h3", {}, "The same by a command"), copyable(result.command));
		this.draw();
	}

	draw() {
		const {rows, floor} = this.result, list = [];
		for (const [s, color] of this.colors) {
			const points = rows.filter(r => r.solver === s && r.sliced_w1 != null && r.nfe > 0).sort((a, b) => a.nfe - b.nfe)
				.filter((r, i, all) => i === 0 || r.nfe > all[i - 1].nfe);
			if (!this.hidden.has(s) && points.length) list.push({name: s, color, x: points.map(r => r.nfe), y: points.map(r => r.sliced_w1)});
		}
		const all = list.flatMap(s => s.x), ends = [...new Set([Math.min(...all), Math.max(...all)])];
		if (floor > 0 && all.length) list.push({name: "floor", color: null, dash: true, x: ends, y: ends.map(() => floor)});
		this.chart.set(list);
	}
}
