// The columns of the table of runs.

import {ago, fixed, h, route, whole} from "./dom.js";
import {store} from "./store.js";

// valueOf is a number of a run by the name of its column.
export function valueOf(r, name) {
	if (name === "loss") return r.loss;
	if (name === "best") return r.best?.score;
	return r[name] ?? r.metrics[name] ?? (r.changed[name] == null ? null : +r.changed[name]);
}

// spread is the mean and the standard deviation of numbers of runs.
export function spread(runs, value) {
	const list = runs.map(value).filter(v => typeof v === "number");
	if (list.length < 2) return null;
	const mean = list.reduce((a, b) => a + b, 0) / list.length;
	return {mean, sd: Math.sqrt(list.reduce((a, v) => a + (v - mean) ** 2, 0) / (list.length - 1))};
}

// Measures that have a column where a run has them, in their order.
const measures = [
	["held_out_loss", "held-out loss"], ["sliced_w1", "sliced W1"], ["c2st_boosting_auc", "detection AUC"], ["pairs_tv10", "pairs"],
];
const mostMeasures = 4, mostKeys = 5, mostChips = 2;

// columnsOf lists the columns for these runs: what they measure, and the keys in which they differ.
export function columnsOf(runs) {
	const number = (name, head, more) => {
		const value = r => valueOf(r, name);
		return {name, head, number: true, value, format: fixed, cell: r => fixed(value(r)), ...more};
	};
	const list = [
		{name: "name", head: "run", value: r => r.id, cell: name},
		{name: "state", head: "state", value: r => r.state, cell: state, wide: true},
		number("step", "step", {cell: progress, format: whole, down: true, wide: true}),
		number("loss", "loss"),
	];
	for (const [key, head] of measures) {
		if (list.length < 4 + mostMeasures && runs.some(r => r.metrics[key] != null)) list.push(number(key, head, {wide: true}));
	}
	const keys = differing(runs);
	if (keys.length <= mostKeys) {
		for (const key of keys) list.push(keyColumn(key));
	} else {
		list.push({name: "changed", head: "differs in", wide: true, shared: true, value: r => Object.keys(r.changed).length, cell: chips});
	}
	if (new Set(runs.map(r => r.seed)).size > 1) {
		list.push({name: "seed", head: "seed", number: true, wide: true, value: r => r.seed, cell: r => String(r.seed)});
	}
	list.push({name: "updated", head: "updated", value: r => r.updated, cell: r => ago(r.updated), down: true, wide: true});
	return list;
}

// differing are the keys in which runs differ from each other.
function differing(runs) {
	const count = new Map();
	for (const r of runs) {
		for (const [key, value] of Object.entries(r.changed)) {
			if (!count.has(key)) count.set(key, new Map());
			const values = count.get(key);
			values.set(value, (values.get(value) || 0) + 1);
		}
	}
	return [...count].filter(([, values]) => values.size > 1 || [...values.values()][0] < runs.length).map(([key]) => key).sort();
}

// keyColumn shows a key of the configuration; runs that have the most common value show nothing.
function keyColumn(key) {
	const value = r => {
		const v = r.changed[key];
		return v == null ? null : v !== "" && !Number.isNaN(+v) ? +v : v;
	};
	return {
		name: key, wide: true, shared: true, value, cell: r => r.changed[key] ?? "",
		title: key in store.common ? `${key}: ${store.common[key]} where nothing is shown` : key,
		head: h("span", {class: "key"}, key.replaceAll(".", ".\u200b")),
	};
}

// chips are the keys of a run that differ from the most common values.
function chips(r) {
	const list = Object.entries(r.changed).sort(([a], [b]) => (a.includes(".") - b.includes(".")) || a.localeCompare(b));
	return h("div", {class: "chips", title: list.map(c => c.join(" = ")).join("\n")},
		list.slice(0, mostChips).map(([key, value]) => h("span", {class: "chip"}, `${key.split(".").slice(-2).join(".")}=${value}`)),
		list.length > mostChips && h("span", {class: "faint"}, `+${list.length - mostChips}`));
}

function name(r) {
	return [
		h("a", {href: route("run", r.id)}, r.id),
		r.name !== r.id && !r.id.startsWith(r.name) && h("span", {class: "faint"}, " " + r.name),
		h("span", {class: "narrow-only"}, state(r), " ", progress(r)),
		r.error && h("div", {class: "row-error", title: r.error}, r.error.split("\n")[0]),
	];
}

export const state = r => h("span", {class: `badge ${r.state}`}, r.state);

// progress is a bar of the steps done.
export function progress(r) {
	const part = r.total ? Math.min(r.step / r.total, 1) : 0;
	const fill = h("span", {class: "fill"});
	fill.style.width = `${100 * part}%`;
	return [
		whole(r.step), h("span", {class: "faint total"}, r.total ? ` / ${whole(r.total)}` : ""),
		r.state === "running" && r.total > 0 && h("span", {class: "progress", "aria-hidden": "true"}, fill),
	];
}

