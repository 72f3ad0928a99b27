// The list of runs: a table to sort and filter, and the curves of the runs that are ticked.

import {ago, check, empty, h, joined, parted, problem, say} from "./dom.js";
import {store} from "./store.js";
import {Curves} from "./curves.js";
import {columnsOf, spread, valueOf} from "./columns.js";

// What a visitor has chosen stays while other views are shown.
const chosen = {filter: "", sort: "updated", down: true, seeds: true, open: new Set(), ids: null};
const page = 100; // rows that are made at a time
const mostOverlaid = 24;

export async function show(place, params, scope) {
	const view = new Runs(scope);
	if (params.view === "compare") chosen.ids = new Map(parted(params.query.get("ids")).slice(-mostOverlaid).map((id, i) => [id, i]));
	place.append(view.element);
	view.start();
}

// matcher makes a test of a run from words, all of which must be found; loss<0.3 compares a number.
export function matcher(text) {
	const tests = text.toLowerCase().split(/\s+/).filter(Boolean).map(word => {
		const compare = word.match(/^([\w.]+)([<>])(-?[\d.e-]+)$/);
		if (compare) {
			const [, key, sign, number] = compare;
			return r => {
				const v = valueOf(r, key);
				return v != null && (sign === "<" ? v < +number : v > +number);
			};
		}
		return r => [r.id, r.name, r.state, r.kind, r.preset, "seed=" + r.seed, ...Object.entries(r.changed).map(c => c.join("="))]
			.some(t => t.toLowerCase().includes(word));
	});
	return r => tests.every(t => t(r));
}

class Runs {
	constructor(scope) {
		Object.assign(this, {scope, rows: new Map(), limit: page});
		this.count = h("span", {class: "faint", role: "status"});
		this.filter = h("input", {
			type: "search", id: "filter", placeholder: "Filter: a name, a state, net.width=64, loss<0.3", value: chosen.filter, oninput: () => {
				chosen.filter = this.filter.value;
				this.limit = page;
				this.build();
			},
		});
		this.head = h("thead");
		this.body = h("tbody");
		this.more = h("div", {class: "more"});
		this.wide = h("div", {class: "wide list", tabindex: 0, role: "region", "aria-label": "Runs"},
			h("table", {class: "runs"}, this.head, this.body), this.more);
		this.notes = h("div");
		this.curves = new Curves(scope);
		this.most = h("p", {class: "faint"});
		this.panel = h("section", {"aria-label": "Curves"}, h("h2", {}, "Curves"), this.most, this.curves.element);
		this.element = h("div", {},
			h("div", {class: "toolbar"},
				h("h1", {}, "Runs"), this.count,
				h("label", {for: "filter", class: "hidden-text"}, "Filter the runs"), this.filter,
				check("means over seeds", chosen.seeds, on => { chosen.seeds = on; this.build(); }),
				h("button", {type: "button", onclick: () => this.choose([])}, "Untick all"),
				h("a", {class: "button main", href: "#/start"}, "Start a run")),
			this.notes, this.wide, this.panel);
		const watcher = new IntersectionObserver(seen => {
			if (seen[0].isIntersecting && this.limit < this.entries?.length) {
				this.limit += page;
				this.fill();
			}
		}, {root: this.wide, rootMargin: "600px"});
		watcher.observe(this.more);
		scope.signal.addEventListener("abort", () => watcher.disconnect());
	}

	start() {
		this.scope.onChange(ids => ids ? this.update(ids) : this.build());
		this.scope.on("gone", e => say(`The folder of ${e.id} was deleted.`));
		this.scope.watch(this.ids(), () => this.curves.fetch());
		if (store.loaded) this.build();
	}

	ids() { return chosen.ids ? [...chosen.ids.keys()] : []; }

	// build makes the table anew: the list, the filter or the order have changed.
	build() {
		const all = [...store.runs.values()];
		if (store.error || all.length === 0) return this.nothing();
		this.notes.replaceChildren();
		this.wide.hidden = false;
		if (!chosen.ids) this.first(all);
		const runs = all.filter(matcher(chosen.filter));
		this.count.textContent = `${runs.length === all.length ? "" : runs.length + " of "}${all.length} ${all.length === 1 ? "run" : "runs"}`;
		this.columns = columnsOf(runs);
		const sort = this.columns.find(c => c.name === chosen.sort) || this.columns.find(c => c.name === "updated");
		this.entries = this.order(runs, sort);
		const focus = this.focused(), top = this.wide.scrollTop;
		this.heads(sort);
		this.rows.clear();
		this.body.replaceChildren();
		this.fill();
		this.wide.scrollTop = top;
		if (focus) this.rows.get(focus.id)?.row.querySelector(focus.tag)?.focus();
		if (runs.length === 0) this.body.append(h("tr", {}, h("td", {colspan: 99}, "No run has all of these words.")));
		this.overlay();
	}

	// focused is the run and the tag of the control in the table that has the focus.
	focused() {
		const element = document.activeElement;
		if (!this.body.contains(element)) return null;
		const found = [...this.rows].find(([, r]) => r.row.contains(element));
		return found && {id: found[0], tag: element.tagName};
	}

	nothing() {
		this.wide.hidden = this.panel.hidden = true;
		this.count.textContent = "";
		this.notes.replaceChildren(store.error ? problem(store.error) : empty(
			h("p", {}, `There are no runs below ${store.folder || "the folder"} yet.`),
			h("p", {}, "Start one: ", h("a", {href: "#/start"}, "choose a preset"), ", or run ",
				h("code", {}, `euryale train -config scurve_quick -out ${store.folder}/first`), ". It appears here at once.")));
	}

	// first ticks what a visitor most likely wants to see: what goes on, or what is newest.
	first(all) {
		const going = all.filter(r => r.state === "running");
		const newest = (going.length ? going : all.filter(r => r.kind === all[0].kind && r.state !== "damaged").slice(0, 3)).slice(0, 6);
		chosen.ids = new Map(newest.map((r, i) => [r.id, i]));
	}

	// order is what the table shows: runs, and groups of runs with different seeds.
	order(runs, sort) {
		const groups = new Map();
		if (chosen.seeds) for (const r of runs) groups.set(r.group, [...groups.get(r.group) || [], r]);
		const entries = [], compare = comparing(sort.value, chosen.down);
		const sorted = runs.sort(compare);
		const seen = new Set();
		for (const r of sorted) {
			const members = groups.get(r.group);
			if (!members || members.length < 2 || !r.group) {
				entries.push({run: r, at: r});
			} else if (!seen.has(r.group)) {
				seen.add(r.group);
				entries.push({group: r.group, members: members.sort(compare), at: {...r, mean: true}});
			}
		}
		if (sort.number) {
			const value = e => e.members ? spread(e.members, sort.value)?.mean : sort.value(e.run);
			entries.sort(comparing(value, chosen.down));
		}
		return entries.flatMap(e => e.members ? [e, ...chosen.open.has(e.group) ? e.members.map(r => ({run: r, member: true})) : []] : [e]);
	}

	heads(sort) {
		this.head.replaceChildren(h("tr", {}, h("th", {class: "tick"}, h("span", {class: "hidden-text"}, "Curves")), ...this.columns.map(c => {
			const on = c === sort, state = on ? chosen.down ? "descending" : "ascending" : "none";
			return h("th", {class: place(c), "aria-sort": state, title: c.title || false},
				h("button", {type: "button", onclick: () => {
					chosen.down = on ? !chosen.down : !!c.down;
					chosen.sort = c.name;
					this.build();
					this.head.querySelector(`[data-name="${CSS.escape(c.name)}"]`)?.focus();
				}, "data-name": c.name}, c.head, h("span", {class: "arrow", "aria-hidden": "true"}, on ? chosen.down ? "↓" : "↑" : "")));
		})));
	}

	// fill adds rows up to the limit.
	fill() {
		const from = this.body.children.length, part = document.createDocumentFragment();
		for (const e of this.entries.slice(from, this.limit)) part.append(e.members ? this.groupRow(e) : this.row(e.run, e.member));
		this.body.append(part);
	}

	row(r, member) {
		const color = chosen.ids.get(r.id);
		const box = h("input", {type: "checkbox", checked: color != null, "aria-label": `Curves of ${r.id}`});
		box.addEventListener("change", () => this.tick(r.id, box.checked));
		const row = h("tr", {class: [`state-${r.state}`, member && "member"].filter(Boolean).join(" ")},
			h("td", {class: "tick"}, box, color != null && h("span", {class: `swatch hue-${color % 6}`})),
			...this.columns.map(c => h("td", {class: `${place(c)} ${c.name}`}, c.cell(r))));
		this.rows.set(r.id, {row, member});
		return row;
	}

	// groupRow is the mean and the spread over seeds.
	groupRow(e) {
		const isOpen = chosen.open.has(e.group), ids = e.members.map(r => r.id);
		const seeds = [...new Set(e.members.map(r => r.seed))].sort((a, b) => a - b);
		const toggle = h("button", {type: "button", class: "fold", "aria-expanded": String(isOpen), onclick: () => {
			if (!chosen.open.delete(e.group)) chosen.open.add(e.group);
			this.build();
		}}, `${isOpen ? "▾" : "▸"} ${e.members[0].name} × ${ids.length} ${seeds.length === ids.length ? "seeds" : "runs"}`);
		const box = h("input", {
			type: "checkbox", checked: ids.every(id => chosen.ids.has(id)), "aria-label": `Curves of all seeds of ${e.members[0].name}`,
			onchange: () => this.choose(box.checked ? [...new Set([...this.ids(), ...ids])] : this.ids().filter(id => !ids.includes(id))),
		});
		box.indeterminate = !box.checked && ids.some(id => chosen.ids.has(id));
		return h("tr", {class: "mean"}, h("td", {class: "tick"}, box), ...this.columns.map(c => {
			const at = {class: place(c)};
			if (c.name === "name") return h("td", at, toggle);
			if (c.name === "updated") return h("td", at, ago(e.members.map(r => r.updated).sort().pop()));
			if (c.name === "seed") return h("td", at, seeds.join(", "));
			if (!c.number) return h("td", at, c.shared ? c.cell(e.members[0]) : "");
			const s = spread(e.members, c.value);
			return h("td", at, s ? [c.format(s.mean), h("span", {class: "sd"}, s.sd ? ` ± ${s.sd.toPrecision(2)}` : "")] : "");
		}));
	}

	// update puts new numbers into rows that are there, without moving them.
	update(ids) {
		if (!this.columns || this.entries.some(e => e.members?.some(r => ids.has(r.id)))) return this.build(); // a mean changes
		for (const id of ids) {
			const old = this.rows.get(id), r = store.runs.get(id);
			if (!old || !r) continue;
			const focus = old.row.contains(document.activeElement) && document.activeElement.tagName;
			const row = this.row(r, old.member);
			old.row.replaceWith(row);
			if (focus) row.querySelector(focus)?.focus();
		}
	}

	tick(id, on) {
		const ids = this.ids().filter(other => other !== id);
		this.choose(on ? [...ids, id] : ids);
		this.rows.get(id)?.row.querySelector("input")?.focus();
	}

	// choose overlays other runs: each keeps its color.
	choose(ids) {
		const before = chosen.ids || new Map();
		const colors = new Map(ids.slice(-mostOverlaid).filter(id => before.has(id)).map(id => [id, before.get(id)]));
		for (const id of ids.slice(-mostOverlaid)) {
			if (colors.has(id)) continue;
			let free = 0;
			while ([...colors.values()].includes(free)) free++;
			colors.set(id, free);
		}
		chosen.ids = colors;
		history.replaceState(null, "", ids.length ? "#/compare?" + new URLSearchParams({ids: joined([...colors.keys()])}) : "#/runs");
		this.build();
		this.scope.watch(this.ids());
	}

	// overlay shows the curves of ticked runs.
	overlay() {
		const list = this.ids().filter(id => store.runs.has(id));
		const names = list.map(id => store.runs.get(id).name), alone = name => names.indexOf(name) === names.lastIndexOf(name);
		this.panel.hidden = false;
		this.curves.element.hidden = list.length === 0;
		this.panel.querySelector(".empty.none")?.remove();
		this.most.textContent = list.length < mostOverlaid ? "" : `At most ${mostOverlaid} runs are shown: the last that were ticked.`;
		if (list.length === 0) {
			const none = empty("Tick runs in the table to lay their curves over each other.");
			none.classList.add("none");
			this.panel.append(none);
		}
		this.curves.show(list.map((id, i) => ({id, color: chosen.ids.get(id), name: alone(names[i]) ? names[i] : id})));
		if (list.some(id => this.curves.runs.get(id).data == null && !this.curves.runs.get(id).late)) this.scope.watch(this.ids());
	}
}

// place is the class of cells of a column.
const place = c => [c.number && "number", c.wide && "wide-only"].filter(Boolean).join(" ");

// comparing orders by a value; runs without one come last.
function comparing(value, down) {
	const sign = down ? -1 : 1;
	return (a, b) => {
		const [x, y] = [value(a), value(b)];
		if (x == null || x === "") return y == null || y === "" ? 0 : 1;
		if (y == null || y === "") return -1;
		return sign * (typeof x === "string" || typeof y === "string" ? String(x).localeCompare(String(y), "en", {numeric: true}) : x - y);
	};
}

