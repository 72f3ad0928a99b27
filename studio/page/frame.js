// What all views of one run have in common: its name, its state, what can be done with it, and links to the other views.

import {Failure, get, post, run as job} from "./api.js";
import {empty, h, problem, route, say, short} from "./dom.js";
import {progress, state} from "./columns.js";
import {load, store} from "./store.js";

const tabs = [
	["run", "Training"], ["play", "Playground"], ["process", "Reverse process"], ["quality", "Quality"], ["table", "Real and synthetic"],
	["figures", "Figures"], ["settings", "Settings and files"],
];

// frame makes the head of the page and reads the run. body is the place of the view.
export async function frame(place, params, scope) {
	const {id, view} = params;
	const line = h("div", {class: "run-line"}), actions = h("div", {class: "actions"}), notes = h("div"), body = h("div", {class: "body"});
	const links = h("nav", {class: "tabs", "aria-label": "Views of this run"});
	place.append(h("div", {class: "run-head"}, h("h1", {}, id), actions), line, links, notes, body);

	let shown = null;
	const head = r => {
		const kind = `${r.state} ${r.mine} ${r.checkpoints > 0}`;
		line.replaceChildren(state(r), h("span", {class: "steps"}, "step ", progress(r)),
			h("span", {}, "loss ", short(r.loss)), r.best ? h("span", {}, `best score ${short(r.best.score)} at step ${r.best.step}`) : "",
			h("span", {class: "faint"}, r.kind === "table" ? "table" : r.kind));
		if (r.error) line.append(h("span", {class: "row-error"}, r.error));
		if (kind === shown) return;
		if (shown) notes.replaceChildren(); // of the state before
		shown = kind;
		actions.replaceChildren(...buttons(r, notes));
	};
	scope.onChange(() => {
		const r = store.runs.get(id);
		if (r) head(r);
		else if (store.loaded && !store.error && detail) gone();
	});
	const gone = () => {
		const text = `The folder of ${id} was deleted, or is out of reach. What is shown was read before.`;
		notes.replaceChildren(h("div", {class: "notes error", role: "alert"}, text, " ", h("a", {href: "#/runs"}, "All runs")));
		actions.replaceChildren();
		shown = "gone";
		say(text);
	};
	scope.on("gone", e => { if (e.id === id) gone(); });

	body.append(h("p", {class: "faint"}, "Reading the run …"));
	let detail = null;
	try {
		detail = await read(id, scope, body);
	} catch (error) {
		body.remove();
		throw error;
	}
	head(detail.run);
	body.replaceChildren();
	for (const [name, title] of tabs) {
		const table = detail.run.kind === "table";
		if (name === "table" && !table || ["process", "quality"].includes(name) && table) continue;
		if (["play", "process", "quality", "table"].includes(name) && !detail.run.denoises) continue;
		links.append(h("a", {href: route(name, id), "aria-current": name === view && "page"}, title));
	}
	const current = links.querySelector("[aria-current]");
	if (current) links.scrollLeft = current.offsetLeft - 80; // of a row of links that is wider than a phone
	return {detail, body, notes};
}

// read asks for a run. One that was just started takes a moment until it has a folder.
async function read(id, scope, body) {
	for (let tries = 0; ; tries++) {
		try {
			return await get("/api/run", {id}, scope.signal);
		} catch (error) {
			if (error.status === 404 && !store.loaded) await load();
			const {state, error: why} = error.status === 404 && store.runs.get(id) || {};
			if (state === "failed") throw new Failure(`The training has not started: ${why}`, 409);
			if (state !== "running" || tries > 240) throw error;
			body.replaceChildren(h("p", {class: "faint"}, "The run is starting: it reads its data …"));
			await new Promise(done => setTimeout(done, 500));
			if (scope.signal.aborted) throw error;
		}
	}
}

// buttons are what can be done with a run.
function buttons(r, notes) {
	const act = (title, call) => {
		const b = h("button", {type: "button", onclick: async () => {
			b.disabled = true;
			notes.replaceChildren();
			try {
				await call();
			} catch (error) {
				notes.replaceChildren(problem(error));
			}
			b.disabled = false;
		}}, title);
		return b;
	};
	const list = [];
	if (r.state === "running") {
		list.push(act("Stop", async () => {
			await post("/api/stop", {id: r.id});
			notes.replaceChildren(h("div", {class: "notes"}, "It stops after the present step, and leaves a checkpoint to resume from."));
		}));
	} else if (r.state !== "damaged") {
		list.push(h("a", {class: "button", href: route("resume", r.id)}, "Resume …"));
	}
	if (r.state !== "damaged") list.push(h("a", {class: "button", href: route("clone", r.id)}, "Clone …"));
	if (r.checkpoints > 0 || r.state === "finished") {
		list.push(act("Report", async () => {
			notes.replaceChildren(h("p", {class: "faint"}, "Writing the report …"));
			const {url, file} = await job("/api/report", {id: r.id});
			notes.replaceChildren(h("div", {class: "notes"}, "The report is ready: ", h("a", {href: url, target: "_blank"}, file)));
		}));
	}
	return list;
}

// without is what a view shows where the run has nothing to sample from.
export function without(detail) {
	if (detail.run.state === "damaged") return problem(new Error(detail.run.error || "The run cannot be read."));
	if (!detail.run.denoises) return empty("This run trains a classifier, which draws no samples.");
	if (detail.checkpoints.length > 0) return null;
	if (detail.run.state !== "running") return empty("This run has no checkpoint to sample from: resume it.");
	return empty("There is no checkpoint yet. The first comes after train.checkpoint_every steps; this page waits for it.");
}

// waitForCheckpoint opens the view again once there is something to sample from.
export function waitForCheckpoint(scope, detail) {
	scope.watch([detail.run.id]);
	if (!detail.run.denoises || detail.checkpoints.length > 0) return;
	scope.onChange(() => {
		if (store.runs.get(detail.run.id)?.checkpoints > 0) dispatchEvent(new HashChangeEvent("hashchange"));
	});
}
