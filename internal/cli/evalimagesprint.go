package cli

import (
	"fmt"

	"euryale/eval"
)

// printImages prints an evaluation of images.
func printImages(e *eval.ImageEvaluation) error {
	p := results()
	p.row("step", "%d", e.Step)
	if e.File != "" {
		p.row("samples", "%d of %s", e.Samples, e.File)
	} else {
		p.row("samples", "%d", e.Samples)
		p.row("NFE per sample", "%g", e.NFE)
	}
	p.row("compared with", "%d %s%s", e.FreshImages, namedImages(e.Reference), fewerThan(e.FreshImages, e.Samples, "the samples"))
	p.row("floors: compared with the same", "%d training images", e.TrainingImages)
	if e.Label != nil {
		p.row("label", "%d", *e.Label)
	}
	if e.Loss != 0 {
		p.row("loss, last 20 epochs", "%s", short(e.Loss))
	}
	p.row("sliced W1, pixels", "%s (floor %s)", short(e.SlicedW1), short(e.Floor))
	if e.PatchSize > 0 {
		p.row(fmt.Sprintf("sliced W1, patches of %d×%d", e.PatchSize, e.PatchSize), "%s (floor %s)", short(e.PatchW1), short(e.PatchFloor))
	}
	if f := e.Features; f != nil {
		printFeatures(p, f)
	}
	if n := e.Nearest; n != nil {
		p.row("nearest training image, samples", "%s", short(n.Samples))
		p.row("nearest training image, others", "%s", short(n.Fresh))
		p.row("memorizing", "%s", verdict(n, namedImages(e.Reference)))
	}
	if e.File == "" {
		p.row("time", "%.1f s to draw, %.1f s to compare", e.DrawSeconds, e.MeasureSeconds)
	} else {
		p.row("time", "%.1f s to compare", e.MeasureSeconds)
	}
	return p.err
}

// namedImages is a reference of images in words.
func namedImages(r eval.Reference) string {
	switch r {
	case eval.HeldOutRows:
		return "images not trained on"
	case eval.GivenRows:
		return "given images"
	}
	return "fresh images"
}

func printFeatures(p *printer, f *eval.FeatureEvaluation) {
	p.row("Fréchet distance", "%s (floor %s)", short(f.Frechet), short(f.Floor))
	p.row("  on the features of", "%s, step %d, %d features, weights %.12s…", f.Classifier, f.Step, f.Width, f.Checksum)
	if f.Accuracy != nil {
		p.row("  its accuracy", "%.2f%%", 100**f.Accuracy)
	}
	p.row("  its confidence", "%.3f (images %.3f)", f.Confidence, f.FreshConfidence)
	if f.Asked != nil {
		p.row("  samples of the class asked for", "%.2f%%", 100**f.Asked)
	}
	p.f("\n| class | samples | images | confidence |\n|---|---|---|---|\n")
	for _, c := range f.Classes {
		p.f("| %s | %.1f%% | %.1f%% | %.3f |\n", c.Class, 100*c.Samples, 100*c.Fresh, c.Confidence)
	}
	p.f("\n")
}

// printBits prints how many bits images cost, of which so many were wanted. Given images come from a file.
func printBits(result any, wanted int, file string) error {
	if flow, ok := result.(*eval.ImageFlowLength); ok {
		p := results()
		printMeasured(p, flow.Step, flow.Images, wanted, flow.Reference, file, flow.GivenClass)
		printMean(p, "bits per dimension, by the ODE", flow.Bits, flow.BitsError)
		p.row("probes per image", "%d", flow.Probes)
		p.row("NFE per image", "%.1f, each with a derivative", flow.NFE)
		return p.err
	}
	return printBound(result.(*eval.ImageCodeLength), wanted, file)
}

// printMeasured prints which images were measured.
func printMeasured(p *printer, step int64, n, wanted int, from eval.Reference, file string, givenClass bool) {
	p.row("step", "%d", step)
	if from == eval.GivenRows {
		p.row("images", "%d of %s", n, file)
	} else {
		p.row("images", "%d %s%s", n, namedImages(from), fewer(n, wanted))
	}
	if givenClass {
		p.row("each as an image of", "its class")
	}
}

func printMean(p *printer, name string, mean float64, standardError *float64) {
	if standardError == nil {
		p.row(name, "%.4f (one image does not show the error)", mean)
		return
	}
	p.row(name, "%.4f +- %.2g", mean, *standardError)
}

// printBound prints a code length.
func printBound(c *eval.ImageCodeLength, wanted int, file string) error {
	p := results()
	printMeasured(p, c.Step, c.Images, wanted, c.Reference, file, c.GivenClass)
	printMean(p, "bits per dimension, at most", c.Bits, c.BitsError)
	p.row("  L_T, the prior", "%.4f", c.Prior)
	p.row("  L_t-1, the steps", "%.4f", c.Steps)
	p.row("  L_0, the decoder", "%.4f", c.Decoder)
	terms := "all"
	if c.Terms > 0 {
		terms = fmt.Sprintf("%d by chance", c.Terms)
	}
	p.row("steps of the chain", "%d of variance %s, of which are evaluated per image: %s", c.Chain, c.Variance, terms)
	last := fmt.Sprintf("from t = %.4g, sigma/alpha %.3g", c.LastTime, c.LastNoise)
	if c.LastDeviation > 0 {
		last += fmt.Sprintf(", by a deviation of %.2g levels of 256", c.LastDeviation)
	}
	p.row("last step", "%s", last)
	p.row("NFE per image", "%d", c.NFE)
	return p.err
}

// printScaleRows prints what distances of images mean, as a table in Markdown.
func printScaleRows(s *eval.ImageScale) error {
	p := results()
	p.f("| %d images, compared with as many not trained on | sliced W1, pixels | patches | Fréchet distance | confidence |\n", s.Images)
	p.f("|---|---|---|---|---|\n")
	for _, row := range s.Rows {
		patches := "-"
		if row.PatchW1 > 0 {
			patches = short(row.PatchW1)
		}
		p.f("| %s | %s | %s | %s | %.3f |\n", row.Name, short(row.SlicedW1), patches, short(row.Frechet), row.Confidence)
	}
	p.f("\nThe classifier is %s, step %d, weights %s", s.Classifier, s.Step, s.Checksum)
	if s.Accuracy != nil {
		p.f(", right for %.2f%% of the images not trained on", 100**s.Accuracy)
	}
	p.f(".\n")
	return p.err
}
