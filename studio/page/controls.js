// The settings of sampling: which weights, which solver, how many steps, toward which class. A change is told once things are quiet.

import {choose, field, h, later} from "./dom.js";

const quiet = 250; // milliseconds without a change of what is typed or slid

export class Controls {
	// only: names of the controls that are shown, all of them where it is null. change(wish) is called with the body of a request.
	constructor(detail, change, {only = null, n = null} = {}) {
		Object.assign(this, {detail, keys: {}, only});
		const {sampling, checkpoints} = detail;
		// A run of 0 steps takes each step of its process.
		this.runSteps = sampling.steps || +detail.keys.find(k => k.path === "process.steps")?.value || null;
		const newest = checkpoints.filter(c => !c.best).pop() || checkpoints[checkpoints.length - 1];
		this.changed = later(quiet, () => change(this.wish()));
		this.chosen = later(0, () => change(this.wish()));
		const number = (value, min, max, step) => h("input", {
			type: "number", value, min, max, step: step || 1, inputmode: "decimal", oninput: () => { this.mirror(); this.changed(); },
		});
		const list = (options, value) => choose(options, value, () => this.chosen());

		this.checkpoint = list(checkpoints.toReversed().map(c => [c.name, c.best ? `best (step ${c.step})` : `step ${c.step}`]), newest?.name);
		this.weights = list([["averaged", "averaged"], ["raw", "raw"]], "averaged");
		this.solver = choose(detail.solvers.map(s => [s.name, s.name, s.possible ? "" : s.why]), sampling.solver, () => {
			this.solverKeys();
			this.chosen();
		});
		this.steps = number(this.runSteps || 50, 1, 10000);
		this.range = h("input", {type: "range", min: 0, max: 100, step: 1, "aria-label": "Steps, by a slider", oninput: () => {
			this.steps.value = Math.round(1000 ** (this.range.value / 100));
			this.changed();
		}});
		this.spacing = list(detail.spacings.map(s => [s.name, s.name]), sampling.spacing);
		this.start = list(["prior", "marginal"], sampling.start);
		this.seed = number(sampling.seed, 0, null); // a text: numbers here have 53 bits
		this.dice = h("button", {type: "button", title: "Another seed", "aria-label": "Another seed", onclick: () => {
			this.seed.value = Math.floor(Math.random() * 1e6);
			this.chosen();
		}}, "⚂");
		this.n = number(n || sampling.n, 1, detail.run.kind === "images" ? 1024 : detail.run.kind === "table" ? 20000 : 100000);
		this.guidance = number(sampling.guidance || 0, -20, 50, 0.1);
		this.guide = h("input", {type: "range", min: 0, max: 10, step: 0.1, "aria-label": "Guidance, by a slider", oninput: () => {
			this.guidance.value = this.guide.value;
			this.changed();
		}});
		this.label = list([["", "as the run"], ["-1", "none"], ...detail.classes.length ? [["all", "each in turn"]] : [],
			...detail.classes.map((c, i) => [String(i), c === String(i) ? c : `${i}: ${c}`])], "");
		this.extra = h("div", {class: "solver-keys"});
		this.about = h("small", {class: "faint"});
		const table = detail.run.kind === "table", labels = detail.takes_labels && detail.classes.length > 0;
		const parts = {
			solver: !table && h("div", {class: "field"}, field("Solver", this.solver), this.about, this.extra),
			steps: !table && h("div", {class: "field"}, field("Steps", this.steps), this.range),
			spacing: !table && field("Spacing of the steps", this.spacing),
			label: labels && field("Class", this.label),
			guidance: labels && !table && h("div", {class: "field"}, field("Guidance", this.guidance), this.guide),
			seed: h("div", {class: "field pairwise"}, field("Seed", this.seed), this.dice),
			n: field(table ? "Rows" : detail.run.kind === "images" ? "Images" : "Points", this.n),
			checkpoint: field("Checkpoint", this.checkpoint),
			weights: sampling.averaged && field("Weights", this.weights),
			start: !table && field("Start from", this.start),
		};
		this.element = h("form", {class: "controls", onsubmit: e => e.preventDefault()},
			Object.entries(parts).filter(([name, part]) => part && (!only || only.includes(name))).map(([, part]) => part));
		this.solverKeys();
		this.mirror();
	}

	// mirror moves the sliders to their numbers.
	mirror() {
		this.range.value = 100 * Math.log(Math.max(+this.steps.value, 1)) / Math.log(1000);
		this.guide.value = this.guidance.value;
	}

	// solverKeys shows the settings that the chosen solver has.
	solverKeys() {
		const s = this.detail.solvers.find(s => s.name === this.solver.value);
		this.keys = {};
		this.about.textContent = s?.summary || "";
		const of = new Map(this.detail.keys.map(k => [k.path, k.value])), asRun = s?.name === this.detail.sampling.solver;
		this.extra.replaceChildren(...(s?.keys || []).map(k => {
			const value = asRun && of.get("sample." + k.path.replace(/^sample\./, "")) || k.default;
			const options = k.names || (k.type === "true or false" ? ["true", "false"] : null);
			const input = options ? choose(options, value, () => this.chosen()) : h("input", {
				type: "text", value, spellcheck: "false", autocapitalize: "off", oninput: this.changed, title: k.type,
			});
			this.keys[k.path.replace(/^sample\./, "")] = {input, value};
			return field(k.path.replace(/^(sample\.)?solver\./, ""), input, k.doc);
		}));
	}

	// wish is the body of a request for samples.
	wish() {
		const table = this.detail.run.kind === "table", set = {};
		for (const [key, {input, value}] of Object.entries(this.keys)) {
			if (input.value !== value && input.value !== "" && key !== "solver.variance") set[key] = input.value;
		}
		const variance = this.keys["solver.variance"];
		const w = {
			id: this.detail.run.id, checkpoint: this.checkpoint.value,
			weights: this.detail.sampling.averaged && this.weights.value === "raw" ? "raw" : "",
			n: Math.round(+this.n.value), seed: this.seed.value || null, label: this.label.value,
		};
		if (table) return w;
		const {sampling} = this.detail;
		const other = (control, name) => control.value === sampling[name] ? "" : control.value;
		return {
			...w, solver: other(this.solver, "solver"), steps: +this.steps.value === this.runSteps ? 0 : Math.round(+this.steps.value),
			spacing: other(this.spacing, "spacing"), start: other(this.start, "start"),
			variance: variance && variance.input.value !== variance.value ? variance.input.value : "", set,
			guidance: +this.guidance.value === (sampling.guidance || 0) || this.guidance.value === "" ? null : +this.guidance.value,
		};
	}
}
