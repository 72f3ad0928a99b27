// Package onnx writes trained nets as ONNX graphs (https://onnx.ai), which many programs run: onnxruntime in Python, in Node.js
// and in browsers among them. It is a third reader of a recorded net, beside packages graph and eager.
//
//   - Net (net.go) is one evaluation of a net. Sampler (sampler.go) is all of sampling, from noise to data.
//   - Write (write.go) writes either into a file.
//   - Graph (graph.go) is a graph in the making, for programs that want another. message.go encodes it.
//   - apply.go turns the operations of a net into nodes: layers.go those of vectors and of tables, images.go and attention.go those
//     of images, time.go those of the time.
//   - decode.go turns encoded samples into those of the data, and metadata.go describes a model to the program that runs it.
//
// Graphs are of operator set 17 and of version 8 of the format (onnxruntime 1.12 and later). Images are [N, channels, height,
// width] there, as PyTorch has them, and N is any number of rows. Weights appear once, under the names of PyTorch's state dict
// and in its layout, however often a graph evaluates the net.
//
// Start reading at Net.
package onnx
