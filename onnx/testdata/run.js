// Runs models for the tests, with onnxruntime-node. Standard input is a list of jobs {model, inputs: {name: {type, dims, data}}},
// one JSON per line; standard output gets {name: {type, dims, data}} of the outputs of each.
const ort = require("onnxruntime-node");
const readline = require("readline");

const arrays = { float32: Float32Array, float64: Float64Array };

function tensor({ type, dims, data }) {
  if (type === "int64") return new ort.Tensor(type, BigInt64Array.from(data, (v) => BigInt(v)), dims);
  return new ort.Tensor(type, arrays[type].from(data), dims);
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const job = JSON.parse(line);
    const session = await ort.InferenceSession.create(job.model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    const inputs = {};
    for (const name of session.inputNames) inputs[name] = tensor(job.inputs[name]);
    const outputs = {};
    for (const [name, y] of Object.entries(await session.run(inputs))) {
      outputs[name] = { type: y.type, dims: y.dims, data: Array.from(y.data, Number) };
    }
    console.log(JSON.stringify(outputs));
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
