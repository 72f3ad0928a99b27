// Sampling with onnxruntime, timed for `go run ./bench`: a reverse step is one run of the model that onnx.go writes, with
// inputs x [rows, 2], t [1] and the step's coefficients. Prints one line of JSON.
const ort = require("onnxruntime-node");

const options = {};
for (let i = 2; i + 1 < process.argv.length; i += 2) options[process.argv[i].slice(2)] = process.argv[i + 1];
const samples = +options.samples, timesteps = +options.timesteps, chunk = +options.chunk || samples, dim = 2;

// Marsaglia's polar method.
function normal(x) {
	for (let i = 0; i < x.length; i += 2) {
		let u, v, s;
		do {
			u = 2 * Math.random() - 1;
			v = 2 * Math.random() - 1;
			s = u * u + v * v;
		} while (s >= 1 || s === 0);
		s = Math.sqrt((-2 * Math.log(s)) / s);
		x[i] = u * s;
		x[i + 1] = v * s;
	}
	return x;
}

async function main() {
	const session = await ort.InferenceSession.create(options.model, {
		intraOpNumThreads: +options.threads,
		graphOptimizationLevel: "all",
	});
	const steps = [];
	let product = 1;
	for (let t = 0; t < timesteps; t++) {
		const beta = 1e-5 + (0.5e-2 - 1e-5) / (1 + Math.exp(6 - (12 * t) / (timesteps - 1)));
		product *= 1 - beta;
		const scalar = (v) => new ort.Tensor("float32", Float32Array.of(v), [1]);
		const a = 1 / Math.sqrt(1 - beta);
		steps.push({
			t: new ort.Tensor("int64", BigInt64Array.of(BigInt(t)), [1]),
			a: scalar(a),
			b: scalar((-a * beta) / Math.sqrt(1 - product)),
			c: scalar(t > 0 ? Math.sqrt(beta) : 0),
		});
	}
	const draw = async () => {
		let last;
		for (let lo = 0; lo < samples; lo += chunk) {
			const rows = Math.min(chunk, samples - lo);
			let x = new ort.Tensor("float32", normal(new Float32Array(rows * dim)), [rows, dim]);
			for (let t = timesteps - 1; t >= 0; t--) x = (await session.run({ x, ...steps[t] })).y;
			last = x;
		}
		if (!last.data.every(Number.isFinite)) throw new Error("a sample is not finite");
	};
	await draw();
	const times = [], end = performance.now() + 1e3 * options.seconds;
	while (times.length < 2 || performance.now() < end) {
		const start = performance.now();
		await draw();
		times.push(performance.now() - start);
	}
	times.sort((x, y) => x - y);
	const middle = times.length >> 1;
	const median = times.length % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
	console.log(JSON.stringify({ ms: median, count: times.length }));
}

main().catch((error) => {
	console.error(error);
	process.exitCode = 1;
});
