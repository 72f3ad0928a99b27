// Elements, texts of numbers, and messages: what all views are made of. Texts are set as text, never as HTML.

// h makes an element: h("a", {href: "#/runs", onclick: f}, "text", child, …). Attributes that are false or null are left out.
export function h(tag, attributes, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (value === false || value == null) continue;
		if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
		else if (["value", "checked", "disabled", "hidden", "selected"].includes(name)) element[name] = value;
		else element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...children.flat(Infinity).filter(c => c != null && c !== false));
	return element;
}

// field is a control below its label.
export function field(label, control, hint) {
	if (!control.id) control.id = "field-" + ++fields;
	return h("div", {class: "field"}, h("label", {for: control.id}, label), control, hint && h("small", {class: "faint"}, hint));
}
let fields = 0;

// check is a box to tick, with its label.
export function check(label, on, change) {
	const box = h("input", {type: "checkbox", checked: on, onchange: () => change(box.checked)});
	return h("label", {class: "check"}, box, label);
}

// choose is a list to choose from: names, or [name, text] pairs.
export function choose(options, value, change) {
	const list = h("select", {onchange: () => change && change(list.value)});
	for (const o of options) {
		const [name, text, why] = Array.isArray(o) ? o : [o, o];
		list.append(h("option", {value: name, disabled: !!why, title: why || false, selected: name === value}, text));
	}
	return list;
}

// short writes a number with four digits at most.
export function short(v) {
	if (v == null) return "–";
	return v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e6) ? (+v.toPrecision(3)).toExponential() : String(+v.toPrecision(4));
}

// fixed writes a number with as many digits as others of its column.
export const fixed = v => v == null ? "" : v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e5) ? v.toExponential(2) : v.toPrecision(4);

export const whole = v => v == null ? "–" : Math.round(v).toLocaleString("en-US");

export function seconds(v) {
	if (v < 0.0995) return `${(v * 1000).toPrecision(2)} ms`;
	if (v < 100) return `${v.toPrecision(3)} s`;
	return v < 6000 ? `${Math.round(v / 60)} min` : `${(v / 3600).toPrecision(2)} h`;
}

export function bytes(v) {
	const unit = v < 1e3 ? 0 : v < 1e6 ? 1 : v < 1e9 ? 2 : 3;
	return +(v / 1000 ** unit).toPrecision(3) + " " + ["bytes", "kB", "MB", "GB"][unit];
}

// ago writes how long a time lies back.
export function ago(time) {
	const s = (Date.now() - Date.parse(time)) / 1000;
	for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]]) {
		if (s >= size) return `${Math.floor(s / size)} ${unit} ago`;
	}
	return "just now";
}

// say tells those who do not see the page what has changed.
export function say(text) { document.getElementById("live").textContent = text; }

// problem shows an error, with the key and line of a configuration where it has them.
export function problem(error) {
	const key = error.message.includes(error.key) ? "" : error.key; // most messages name it
	const place = [key && `key ${key}`, error.line && `line ${error.line}`].filter(Boolean).join(", ");
	return h("div", {class: "notes error", role: "alert"}, place && h("strong", {}, place + ": "), error.message);
}

// empty says that there is nothing, and what to do about it.
export const empty = (...text) => h("div", {class: "empty"}, ...text);

// copyable is a command with a button that copies it.
export function copyable(command) {
	const code = h("code", {}, command);
	const button = h("button", {class: "copy", type: "button", onclick: async () => {
		try {
			await navigator.clipboard.writeText(code.textContent);
			button.textContent = "copied";
		} catch { // the browser forbids it
			getSelection().selectAllChildren(code);
			button.textContent = "selected";
		}
		setTimeout(() => { button.textContent = "copy"; }, 2000);
	}}, "copy");
	return h("div", {class: "command"}, h("pre", {}, code), button);
}

// table is rows of cells below their heads.
export const table = (heads, rows) => h("table", {}, h("thead", {}, h("tr", {}, heads.map(c => h("th", {}, c)))),
	h("tbody", {}, rows.map(r => h("tr", {}, r.map(c => h("td", {}, c))))));

// doing is how far a job is.
export function doing(job, verb) {
	if (job.state === "waiting") return "waiting for another job …";
	return job.total ? `${whole(job.done)} of ${whole(job.total)}` : `${verb} …`;
}

// css is the color of a variable of the style sheet, by day or by night.
export const css = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
export const dark = matchMedia("(prefers-color-scheme: dark)");

export const hues = 6; // --hue-0 … of the style sheet

// later calls a function once things have been quiet for so many milliseconds.
export function later(milliseconds, call) {
	let timer;
	return (...args) => {
		clearTimeout(timer);
		timer = setTimeout(call, milliseconds, ...args);
	};
}

// decoded is a text without its escapes; one that was typed by hand may have none that are right.
export function decoded(text) {
	try { return decodeURIComponent(text); } catch { return text; }
}

// joined is ids as a text with commas between; parted takes it apart. A folder may have a comma in its name.
export const joined = ids => ids.map(encodeURIComponent).join();
export const parted = text => (text || "").split(",").filter(Boolean).map(decoded);

// route is the address of a view of a run.
export const route = (view, id) => `#/${view}/${encodeURIComponent(id)}`;
