package table

import (
	"testing"

	"euryale/data"
	"euryale/internal/python"
)

// readByPandas reads files with the arguments given and tells the type of each column and its cells.
const readByPandas = `
import json, sys, pandas as pd
answers = []
for path, arguments in json.load(sys.stdin):
    if path.endswith(".parquet"):
        try:
            frame = pd.read_parquet(path)
        except ImportError:
            answers.append("no engine")
            continue
    else:
        frame = pd.read_csv(path, **arguments)
    columns = {}
    for name in frame.columns:
        cells = ["" if pd.isna(v) else str(v) for v in frame[name]]
        columns[str(name)] = str(frame[name].dtype) + " " + "|".join(cells)
    answers.append(columns)
json.dump(answers, sys.stdout)
`

// pandas reads what was written: the same columns, types and cells, in every dialect.
func TestPandasReadsFiles(t *testing.T) {
	plain := map[string]string{
		"id": "object D-007|D-008|D-009", "price": "float64 5.4||1234.5", "kind": "object old|new|old",
		"city, state": "object Köln|a \"b\"\nc|😀;",
		"sold":        "datetime64[ns] 2023-11-14 22:00:00|1970-01-01 00:00:00|1969-12-31 23:59:00",
		"count":       "int64 3|-3|1000000", "weight": "float64 0.1|1e-07|100.0", "unit": "object kg|kg|kg", "note": "float64 ||",
		"row": "int64 1|2|3",
	}
	dialect := func(f data.File) data.Schema {
		s := shop()
		f.Header = true
		s.File = &f
		return s
	}
	type arguments map[string]any
	dates := []string{"sold"}
	cases := []struct {
		file      string
		schema    data.Schema
		arguments arguments
	}{
		{"a.csv", shop(), arguments{"parse_dates": dates}},
		{"b.tsv", shop(), arguments{"parse_dates": dates, "sep": "\t"}},
		{"c.csv", dialect(data.File{Delimiter: ";", Decimal: ",", CRLF: true, BOM: true}),
			arguments{"parse_dates": dates, "sep": ";", "decimal": ","}},
		{"d.csv", dialect(data.File{Delimiter: ",", Decimal: ",", QuoteAll: true}), arguments{"parse_dates": dates, "decimal": ","}},
		{"e.csv", dialect(data.File{Delimiter: "|", Encoding: "utf-16le", BOM: true}),
			arguments{"parse_dates": dates, "sep": "|", "encoding": "utf-16"}},
		{"f.parquet", shop(), nil},
	}
	rows := sold(0)
	rows.Index[2], rows.Labels[2] = 2, 1
	var input [][2]any
	for _, c := range cases {
		input = append(input, [2]any{fileOf(t, c.file, written(t, c.file, c.schema, rows)), c.arguments})
	}
	var answers []any
	python.Run(t, "pandas", input, &answers, "-c", readByPandas)
	for i, c := range cases {
		columns, ok := answers[i].(map[string]any)
		if !ok {
			t.Logf("%s: not read: pandas has no engine for Parquet", c.file)
			continue
		}
		for name, want := range plain {
			if c.file == "f.parquet" && name == "note" {
				want = "object ||" // texts, all of them null
			}
			if columns[name] != want {
				t.Errorf("%s: column %q is %q, want %q", c.file, name, columns[name], want)
			}
		}
		if len(columns) != len(plain) {
			t.Errorf("%s: columns %v", c.file, columns)
		}
	}
}

// The 18 digits of ids, zeros in front and truth values are read as they were written.
func TestPandasReadsKeys(t *testing.T) {
	const content = "id,zip,flag,gap\n123456789012345678,01234,True,1\n123456789012345679,00501,False,\n123456789012345678,90210,True,3\n"
	path := fileOf(t, "a.csv", writeBack(t, mustRead(t, content, nil), ".csv"))
	want := map[string]string{
		"id": "int64 123456789012345678|123456789012345679|123456789012345678", "zip": "object 01234|00501|90210",
		"flag": "bool True|False|True", "gap": "Int64 1||3",
	}
	var answers []map[string]string
	python.Run(t, "pandas", [][2]any{{path, map[string]any{"dtype": map[string]string{"zip": "str", "gap": "Int64"}}}}, &answers, "-c", readByPandas)
	for name, cells := range want {
		if answers[0][name] != cells {
			t.Errorf("column %q is %q, want %q", name, answers[0][name], cells)
		}
	}
}
