package euryale

// layers lists the packages of the project that a package may import.
var layers = map[string][]string{
	// What the others stand on.
	"choice":           {},
	"kernel":           {},
	"parallel":         {},
	"checkpoint":       {},
	"ops":              {},
	"report":           {},
	"rng":              {"kernel"},
	"metrics":          {"kernel", "parallel", "rng"},
	"metrics/tabular":  {"metrics", "metrics/boosting", "metrics/logistic", "metrics/score", "parallel", "rng"},
	"metrics/boosting": {"parallel", "rng"},
	"metrics/logistic": {},
	"metrics/score":    {},
	yaml:               {"choice"},
	bar:                {},
	// The parts of a run, apart from each other, each with its sections of the configuration.
	"data":        {"checkpoint", "choice", "rng"},
	"data/toy":    {"choice", "data", "rng"},
	"data/npy":    {"choice", "data", "rng"},
	"data/images": {"checkpoint", "choice", "data", "data/npy", "rng"},
	"data/mixed":  {"checkpoint", "choice", "data", "rng"},
	"data/table":  {"choice", "data", "data/mixed", "data/npy", "rng"},
	"diffusion":   {"choice", "kernel", "rng"},
	multinomial:   {"diffusion"},
	solvers:       {"choice", "diffusion", multinomial, "kernel", "rng"},
	guidance:      {"choice", "diffusion", solvers, "kernel", "rng"},
	likelihood:    {"choice", "diffusion", solvers, "kernel", "rng"},
	unrolled:      {"diffusion", solvers},
	"nets":        {"choice", "ops", "rng"},
	"eager":       {"kernel", "nets", "ops"},
	"diffusers":   {"checkpoint", "choice", "nets"},
	"torchfile":   {"checkpoint", "nets"},
	"graph":       {"kernel", "ops", "rng"},
	"objective":   {"choice", "data", "diffusion", multinomial, solvers, "kernel", "ops"},
	"optim":       {"choice", "kernel"},
	"configs": {"choice", "data", "data/images", "data/mixed", "data/npy", "data/table", "data/toy", "diffusion", guidance, solvers, yaml,
		"nets", "objective", "optim"},
	// A run: its folder, its training, its model.
	"run": {"checkpoint", "configs"},
	"train": {bar, "checkpoint", "choice", "configs", "data", "diffusers", "diffusion", "graph", "kernel", "nets", "objective", "optim", "ops",
		"parallel", "rng", "run", "torchfile"},
	"model": {"choice", "configs", "data", "data/images", "data/mixed", "data/table", "diffusion", guidance, likelihood, solvers, unrolled, "eager",
		"kernel", "nets", "objective", "ops", "parallel", "rng", "run"},
	"onnx":           {"choice", "configs", "data", "diffusion", unrolled, "model", "nets", "ops"},
	"model/picture":  {"data", "model", "report"},
	"eval":           {"choice", "data", "data/images", "data/table", solvers, "metrics", "metrics/tabular", "model", "rng"},
	"figures":        {"choice", "data", "diffusion", solvers, "eval", "model", "report", "rng"},
	"selection":      {"checkpoint", "configs", "data", "eval", "metrics/tabular", "model", "run", "train"},
	"previews":       {"data", solvers, "model", "report", "run", "train"},
	eventFiles:       {"configs", "run", "train"},
	"report/html":    {"checkpoint", "configs", "eval", "figures", "metrics/tabular", "model", "report", "run", yaml},
	"configs/sweeps": {},
	"sweep": {"choice", "configs", "configs/sweeps", "data", "data/images", "data/table", "data/toy", "eval", "metrics/tabular", "model",
		"report/html", "rng", "run", "selection", "train", yaml},
	"studio": {"checkpoint", "choice", "configs", "data", "data/images", "data/npy", "diffusion", solvers, yaml, "eval", "figures", "metrics",
		"metrics/tabular", "model", "model/picture", "report", "report/html", "run"},
	// What users meet.
	".": {"configs", "data", "eval", "figures", "metrics/tabular", "model", "nets", "previews", "report", "report/html", "run", "selection", "sweep",
		eventFiles, "train"},
	cli: {".", bar, "choice", "configs", "data", "data/images", "data/npy", "data/table", "diffusers", "diffusion", solvers, yaml, "eval", "figures",
		"kernel", "metrics/tabular", "model", "model/picture", "nets", "objective", "onnx", "optim", "previews", "report", "report/html", "run", "selection",
		"studio", "sweep", eventFiles, "torchfile", "train"},
	"cmd/*":      {cli},
	"examples/*": {".", "data", solvers, "eval", "model", "nets", "ops", "report", "run"},
	// Tools of the project itself.
	"data/images/fetch":  {},
	"internal/keydocs":   {"configs", yaml},
	gaussian:             {"diffusion", "rng"},
	mixedTable:           {"rng"},
	browser:              {}, // for tests alone
	python:               {}, // likewise
	"bench":              {".", "bench/past", "configs", "eager", "kernel", "model", "nets", "onnx", "report", "run", "train"},
	"bench/past":         {},
	"bench/samebits":     {"bench/past", "checkpoint"},
	"bench/toys":         {".", "data", "data/toy", "report"},
	"bench/tablequality": {".", "metrics/tabular"},
}

// inTests lists what a package's tests may import besides.
var inTests = map[string][]string{
	".":                {"checkpoint", "data/images", "data/toy", "diffusion", solvers, mixedTable, yaml, "kernel", "ops", "optim"},
	"bench":            {"data/toy", "diffusion"},
	"cmd":              {"checkpoint", "configs"},
	guidance:           {gaussian, multinomial},
	multinomial:        {"rng"},
	likelihood:         {gaussian},
	solvers:            {gaussian},
	unrolled:           {guidance},
	"diffusers":        {"eager", python},
	"onnx":             {"checkpoint", solvers, "eager", "run"},
	"report/html":      {browser},
	"studio":           {cli, browser},
	"torchfile":        {"eager", "ops", python},
	eventFiles:         {"checkpoint", python},
	"selection":        {"rng"},
	"previews":         {"configs"},
	"eager":            {"graph"}, // the two readers of a net are held against each other
	"graph":            {"eager", "nets"},
	"internal/keydocs": {cli},
	"metrics/boosting": {"metrics/score"},
	"metrics/logistic": {"metrics/score"},
	"data/images":      {likelihood},
	"data/table":       {yaml, python},
	"figures":          {".", "run"},
	"model":            {"checkpoint"},
	"model/picture":    {"."},
	"objective":        {guidance, solvers, "eager", "graph", "nets"},
	"sweep":            {"checkpoint"},
	"train":            {solvers, "eager", "model", "ops"},
}

const (
	multinomial = "diffusion/multinomial"
	solvers     = "diffusion/solver"
	guidance    = "diffusion/guidance"
	likelihood  = "diffusion/likelihood"
	unrolled    = "diffusion/unroll"
	yaml        = "internal/strictyaml"
	gaussian    = "internal/gaussian"
	mixedTable  = "internal/mixedtable"
	cli         = "internal/cli"
	bar         = "internal/bar"
	eventFiles  = "report/tensorboard"
	browser     = "internal/browser"
	python      = "internal/python"
)
