// Requests to the server of the page, its jobs, and its stream of events.

import {joined} from "./dom.js";

// Failure is an error that the server answered, or that it did not answer.
export class Failure extends Error {
	constructor(text, status, more = {}) {
		super(text);
		this.status = status;
		this.key = more.key;
		this.line = more.line;
	}
}

async function ask(path, options) {
	let response;
	try {
		response = await fetch(path, options);
	} catch (e) {
		if (e.name === "AbortError") throw e;
		throw new Failure("The studio does not answer. Is it still running? Start it again with: euryale studio", 0);
	}
	if (response.ok) return response;
	const answer = await response.json().catch(() => ({}));
	throw new Failure(answer.error || `The studio answered ${response.status} ${response.statusText}.`, response.status, answer);
}

const url = (path, query) => query ? `${path}?${new URLSearchParams(query)}` : path;
const head = {"Content-Type": "application/json"};

export const get = async (path, query, signal) => (await ask(url(path, query), {signal})).json();
export const post = async (path, body) => (await ask(path, {method: "POST", headers: head, body: JSON.stringify(body)})).json();

// numbers are the numbers of a file of bytes: "" gives null.
export async function numbers(path, type, signal) {
	return path ? new type(await (await ask(path, {signal})).arrayBuffer()) : null;
}

export const blob = async (path, signal) => (await ask(path, {signal})).blob();
export const text = async path => (await ask(path)).text();

// run sends a request that makes a job, and waits for its result. progress(job) is called while it goes on; signal cancels it.
export async function run(path, body, progress, signal) {
	const {job} = await post(path, body);
	const cancel = () => { ask(url("/api/job", {id: job}), {method: "DELETE", headers: head, keepalive: true}).catch(() => {}); };
	if (signal) {
		if (signal.aborted) cancel();
		signal.addEventListener("abort", cancel);
	}
	const listen = e => { if (e.job === job) progress(e); };
	if (progress) on("job", listen);
	try {
		for (;;) {
			const j = await get("/api/job", {id: job, wait: 1}, signal);
			if (j.state === "done") return {...j.result, seconds: j.result.seconds ?? j.seconds};
			if (j.state === "failed") throw new Failure(j.error, 500);
			if (j.state === "canceled" && signal?.aborted) throw new DOMException("canceled", "AbortError");
			if (j.state === "canceled") throw new Failure(`The work was canceled: ${j.error}.`, 503); // perhaps by another page
			if (progress) progress(j);
		}
	} finally {
		if (progress) off("job", listen);
		if (signal) signal.removeEventListener("abort", cancel);
	}
}

// Events come by one stream, which is opened again where other runs are watched.
const listeners = new Map();
const names = ["runs", "metrics", "state", "preview", "gone", "job"];
let stream = null, watched = [], silence;
const longestSilence = 40000; // milliseconds: the server sends something at least every 15 seconds

export function on(name, call) {
	if (!listeners.has(name)) listeners.set(name, new Set());
	listeners.get(name).add(call);
}

export function off(name, call) { listeners.get(name)?.delete(call); }

const emit = (name, value) => { for (const call of [...listeners.get(name) || []]) call(value); };

// watch asks for the events of these runs. "connected" is emitted as soon as none of them can be missed: fetch then.
export function watch(ids) {
	const list = [...ids].sort().slice(0, 64), same = joined(list) === joined(watched);
	watched = list;
	if (same && stream && stream.readyState !== EventSource.CLOSED) return emit("connected");
	if (!document.hidden) connect();
}

function connect() {
	stream?.close();
	const mine = stream = new EventSource(url("/api/events", {ids: joined(watched)}));
	const again = () => { if (mine === stream) connect(); };
	const alive = () => { // a line that broke without a word, as when a computer slept, is never an error
		clearTimeout(silence);
		silence = setTimeout(() => { emit("connection", false); again(); }, longestSilence);
	};
	stream.onopen = () => { alive(); emit("connection", true); emit("connected"); };
	stream.onerror = () => {
		if (mine !== stream) return;
		emit("connection", false);
		if (mine.readyState === EventSource.CLOSED) setTimeout(again, 3000);
	};
	stream.addEventListener("alive", alive);
	for (const name of names) stream.addEventListener(name, e => { alive(); emit(name, JSON.parse(e.data)); });
	alive();
}

function disconnect() {
	stream?.close();
	stream = null;
	clearTimeout(silence);
}

// A page that nobody sees has no stream: a browser opens six connections to a server, for all of its pages.
document.addEventListener("visibilitychange", () => document.hidden ? disconnect() : connect());
addEventListener("pagehide", disconnect);
addEventListener("pageshow", e => { if (e.persisted) connect(); });
