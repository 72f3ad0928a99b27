// A form that starts a run from a preset, clones one with some keys changed, or goes on with one.

import {get, post} from "./api.js";
import {choose, empty, field, h, problem, route} from "./dom.js";

let options = null; // presets and keys do not change while the server runs

const texts = {
	start: {title: "Start a run", button: "Start", hint: "Keys that differ from the preset:"},
	clone: {title: "Clone", button: "Start the clone", hint: "Keys that differ from the run that is cloned:"},
	resume: {title: "Resume", button: "Resume", hint: "Keys to change, such as train.epochs to train longer:"},
};

export async function show(place, params, scope) {
	const text = texts[params.view];
	options ||= await get("/api/options", null, scope.signal);
	const detail = params.view === "start" ? null : await get("/api/run", {id: params.id}, scope.signal);
	scope.watch(detail ? [params.id] : []);
	place.append(h("h1", {}, detail ? `${text.title} ${params.id}` : text.title), new Launch(params, detail, text).element);
}

class Launch {
	constructor({view, id}, detail, text) {
		Object.assign(this, {view, id, detail, rows: []});
		this.preset = choose(options.presets.map(p => p.name), "scurve_quick", () => this.base());
		this.name = h("input", {type: "text", spellcheck: "false", autocapitalize: "off", placeholder: "by the configuration", maxlength: 100});
		this.yaml = h("textarea", {rows: 22, spellcheck: "false", wrap: "off", "aria-label": "Configuration in YAML", oninput: () => {
			if (!this.edited) this.suggest([]); // the server reads the text, this page does not
			this.edited = true;
			this.mark();
		}});
		this.yamlNote = h("p", {class: "faint"});
		this.keys = h("datalist", {id: "keys"});
		this.docs = new Map();
		for (const k of options.keys) this.docs.set(k.path, [...this.docs.get(k.path) || [], k]);
		this.list = h("div", {class: "keys"});
		this.notes = h("div");
		this.button = h("button", {type: "submit", class: "main"}, text.button);
		this.element = h("form", {class: "launch", onsubmit: e => { e.preventDefault(); this.send(); }},
			view === "start" && field("Preset", this.preset),
			view !== "resume" && field("Name of its folder", this.name),
			h("fieldset", {}, h("legend", {}, text.hint), this.list,
				h("button", {type: "button", onclick: () => this.addRow().focus()}, "One more key")),
			view === "start" && h("details", {}, h("summary", {}, "The whole configuration"), this.yamlNote, this.yaml),
			this.notes, h("div", {class: "actions"}, this.button, detail && h("a", {class: "button", href: route("run", id)}, "Back")), this.keys);
		this.base();
		this.addRow();
	}

	// base is the configuration that is changed: its keys are suggested with their values.
	base() {
		const preset = options.presets.find(p => p.name === this.preset.value);
		this.edited = false;
		this.yaml.value = preset.yaml;
		this.name.placeholder = this.detail ? "by the run, with a number" : preset.name;
		this.suggest((this.detail || preset).keys);
		this.mark();
	}

	// suggest takes the keys that the configuration has, with their values.
	suggest(keys) {
		this.values = new Map(keys.map(k => [k.path, k.value]));
		const paths = new Set([...this.values.keys(), ...this.docs.keys()]);
		this.keys.replaceChildren(...[...paths].map(p => h("option", {value: p}, this.values.get(p) ?? "")));
		for (const r of this.rows) r.show();
	}

	mark() {
		this.yamlNote.textContent = this.edited ? "This text takes the place of the preset." : "Edited, it takes the place of the preset.";
	}

	// doc is what is documented of a key: that of the kind which the configuration chooses, where kinds have one of the same name.
	doc(path) {
		const list = this.docs.get(path) || [];
		const parts = path.split(".");
		for (let n = parts.length - 1; n > 0; n--) {
			const kind = this.values.get(parts.slice(0, n).join("."));
			const found = list.find(k => k.kind && k.kind === kind);
			if (found) return found;
		}
		return list.find(k => !k.kind) || list[0];
	}

	addRow() {
		const input = more => h("input", {type: "text", spellcheck: "false", autocapitalize: "off", ...more});
		const key = input({list: "keys", placeholder: "optimizer.learning_rate", "aria-label": "Key", oninput: () => show()});
		const value = input({"aria-label": "Value", placeholder: "value"});
		const names = h("datalist", {id: "values-" + ++count}), about = h("small", {class: "faint doc"});
		value.setAttribute("list", names.id);
		const row = h("div", {class: "key-row"}, key, value,
			h("button", {type: "button", "aria-label": "Remove this key", title: "Remove this key", onclick: () => {
				this.rows = this.rows.filter(r => r.row !== row);
				row.remove();
			}}, "×"), about, names);
		const show = () => {
			row.classList.remove("wrong");
			const path = key.value.trim(), k = this.doc(path), now = this.values.get(path);
			names.replaceChildren(...(k?.names || (k?.type === "true or false" ? ["true", "false"] : [])).map(n => h("option", {value: n})));
			value.placeholder = now ?? "value";
			const type = k && k.type + (k.names ? ": " + k.names.join(", ") : "");
			const where = this.detail ? "in the run" : "in the preset";
			about.textContent = [now != null && `${now} ${where}`, type, k?.doc].filter(Boolean).join(". ");
		};
		this.list.append(row);
		this.rows.push({key, value, row, show});
		return key;
	}

	async send() {
		const set = {}, keys = this.rows.map(r => r.key.value.trim());
		const twice = keys.find((key, i) => key && keys.indexOf(key) !== i);
		if (twice) return this.notes.replaceChildren(problem(new Error(`The key ${twice} is given twice.`)));
		this.rows.forEach((r, i) => { if (keys[i]) set[keys[i]] = r.value.value; });
		const name = this.name.value.trim();
		const body = this.view === "start" ? {...this.edited ? {yaml: this.yaml.value} : {preset: this.preset.value}, set, name}
			: this.view === "clone" ? {id: this.id, set, name} : {id: this.id, set};
		this.notes.replaceChildren(empty("Checking the configuration and starting …"));
		this.button.disabled = true;
		try {
			const {id} = await post("/api/" + this.view, body);
			location.hash = route("run", id);
		} catch (error) {
			const wrong = this.rows.find(r => error.key && r.key.value.trim() === error.key);
			wrong?.row.classList.add("wrong");
			this.notes.replaceChildren(problem(error));
			(wrong?.value || this.notes).scrollIntoView({block: "nearest"});
			this.button.disabled = false;
		}
	}
}
let count = 0;
