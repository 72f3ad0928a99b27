// The list of runs as the server has it, kept up to date by its events.

import {get, on} from "./api.js";

export const store = {runs: new Map(), common: {}, folder: "", version: "", loaded: false, error: null};

const changed = new Set();

// onChange calls a function with the set of ids that have changed, or null for all.
export function onChange(call) {
	changed.add(call);
	return () => changed.delete(call);
}

const tell = ids => { for (const call of [...changed]) call(ids); };

// load reads the whole list.
export async function load() {
	try {
		const answer = await get("/api/runs");
		store.runs = new Map(answer.runs.map(r => [r.id, r]));
		const {common, folder, version} = answer;
		Object.assign(store, {common, folder, version, error: null});
	} catch (error) {
		store.error = error;
	}
	store.loaded = true;
	tell(null);
}

on("runs", e => {
	const before = store.runs.size;
	for (const id of e.removed || []) store.runs.delete(id);
	for (const r of e.runs || []) store.runs.set(r.id, r);
	if (e.common) store.common = e.common;
	tell(store.runs.size !== before || e.removed?.length ? null : new Set((e.runs || []).map(r => r.id)));
});
on("gone", e => {
	if (store.runs.delete(e.id)) tell(null);
});
on("state", r => {
	const known = store.runs.has(r.id);
	store.runs.set(r.id, r);
	tell(known ? new Set([r.id]) : null);
});
