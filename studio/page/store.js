// The list of runs as the server has it, kept up to date by its events.

import {get, on} from "./api.js";

export const store = {runs: new Map(), common: {}, folder: "", version: "", loaded: false, error: null};

const changed = new Set();
let late = null; // changes that come while the list is read, which may be older than they are

// onChange calls a function with the set of ids that have changed, or null for all.
export function onChange(call) {
	changed.add(call);
	return () => changed.delete(call);
}

const tell = ids => { for (const call of [...changed]) call(ids); };

// load reads the whole list.
export async function load() {
	const mine = late = [];
	try {
		const answer = await get("/api/runs");
		if (mine !== late) return; // it is read once more
		store.runs = new Map(answer.runs.map(r => [r.id, r]));
		const {common, folder, version} = answer;
		Object.assign(store, {common, folder, version, error: null});
		late = null;
		for (const make of mine) make();
	} catch (error) {
		if (mine !== late) return;
		late = null;
		store.error = error;
	}
	store.loaded = true;
	tell(null);
}

// change makes a change, which returns the ids that have changed, or null for all; again after the list, if it is being read.
function change(make) {
	late?.push(make);
	tell(make());
}

on("runs", e => change(() => {
	const before = store.runs.size;
	for (const id of e.removed) store.runs.delete(id);
	for (const r of e.runs) store.runs.set(r.id, r);
	store.common = e.common;
	return store.runs.size !== before || e.removed.length ? null : new Set(e.runs.map(r => r.id));
}));
on("gone", e => change(() => store.runs.delete(e.id) ? null : new Set()));
on("state", r => change(() => {
	const known = store.runs.has(r.id);
	store.runs.set(r.id, r);
	return known ? new Set([r.id]) : null;
}));
