// The page: one view at a time, chosen by the part of the address after #.
//
// Start reading here. api.js asks the server, store.js holds the list of runs, dom.js makes elements. Each view is a module with a
// function show(place, params, scope): runs.js, run.js, play.js, process.js, quality.js, table.js, figures.js, settings.js, launch.js.

import {Failure, on, off, watch} from "./api.js";
import {load, onChange, store} from "./store.js";
import {decoded, h, problem} from "./dom.js";
import * as runs from "./runs.js";
import * as run from "./run.js";
import * as play from "./play.js";
import * as process from "./process.js";
import * as quality from "./quality.js";
import * as table from "./table.js";
import * as figures from "./figures.js";
import * as settings from "./settings.js";
import * as launch from "./launch.js";

const views = {
	runs: runs.show, compare: runs.show, run: run.show, play: play.show, process: process.show, quality: quality.show, table: table.show,
	figures: figures.show, settings: settings.show, start: launch.show, clone: launch.show, resume: launch.show,
};

// Scope is the time that a view is shown: what it listens to and asks for ends with it.
class Scope {
	constructor() {
		this.abort = new AbortController();
		this.signal = this.abort.signal;
	}
	on(name, call) {
		on(name, call);
		this.signal.addEventListener("abort", () => off(name, call));
	}
	onChange(call) { this.signal.addEventListener("abort", onChange(call)); }
	// key calls a function with keys that are pressed while no field has the focus.
	key(call) {
		document.addEventListener("keydown", e => {
			const {tagName, type} = e.target, presses = e.key === " " && /^(BUTTON|A|SUMMARY)$/.test(tagName);
			const busy = presses || /^(INPUT|SELECT|TEXTAREA)$/.test(tagName) && !(type === "checkbox" && e.key !== " ");
			if (!busy && !e.ctrlKey && !e.metaKey && !e.altKey && call(e.key)) e.preventDefault();
		}, {signal: this.signal});
	}
	// watch asks for the events of runs; begin is called when they flow, and again after each break of the line.
	watch(ids, begin) {
		if (begin) {
			if (this.begin) off("connected", this.begin);
			else this.signal.addEventListener("abort", () => off("connected", this.begin));
			this.begin = begin;
			on("connected", begin);
		}
		watch(ids);
	}
}

const main = document.getElementById("main");
let scope = null;

// address takes a hash apart: #/run/ID?key=value.
function address() {
	const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
	const [view, id] = path.split("/");
	return {view: view || "runs", id: decoded(id || ""), query: new URLSearchParams(query || "")};
}

async function open() {
	scope?.abort.abort();
	const mine = scope = new Scope();
	const params = address(), show = Object.hasOwn(views, params.view) && views[params.view];
	main.replaceChildren();
	main.className = "view-" + params.view;
	for (const link of document.querySelectorAll("header nav a")) {
		if (link.hash === "#/" + (params.view === "compare" ? "runs" : params.view)) link.setAttribute("aria-current", "page");
		else link.removeAttribute("aria-current");
	}
	document.title = params.id ? `${params.id} – Euryale studio` : "Euryale studio";
	try {
		if (!show) throw new Failure(`There is no page "${params.view}".`, 404);
		await show(main, params, mine);
	} catch (error) {
		if (mine.signal.aborted || error.name === "AbortError") return;
		main.append(problem(error), h("p", {}, h("a", {href: "#/runs"}, "All runs")));
		if (!(error.status >= 0)) console.error(error); // a mistake of this page
	}
}

const folder = document.getElementById("folder"), connection = document.getElementById("connection");
on("connection", up => {
	connection.textContent = up ? "" : "not connected, trying again …";
	connection.classList.toggle("down", !up);
});
on("connected", load);
onChange(() => {
	folder.textContent = folder.title = store.folder;
	document.querySelector(".brand").title = `version ${store.version}`;
});
addEventListener("hashchange", () => { open(); scrollTo(0, 0); main.focus({preventScroll: true}); });
open();
