package table

import "testing"

// files are some that come back byte by byte, by what is in them.
var files = map[string]string{
	"integers":          "n\n0\n12\n-7\n9007199254740991\n-9007199254740991\n",
	"padded decimals":   "x,y\n1.00,5.4\n-2.50,0.3\n1000.25,-7.1\n",
	"unpadded decimals": "x\n1\n2.5\n0.125\n-3.75\n100\n",
	"whole with a zero": "x\n1.0\n2.0\n-30.0\n",
	"many digits":       "x\n0.1234567890123456\n2.718281828459045\n1e-07\n1.5e+300\n",
	"dates": "a,b,c,d\n2024-02-29,29.02.2024,02/29/2024,29-Feb-2024\n" +
		"1969-12-31,31.12.1969,12/31/1969,31-Dec-1969\n2000-01-01,01.01.2000,01/01/2000,01-Jan-2000\n",
	"compact dates": "d\n20240229\n19991231\n20000101\n",
	"times": "t,u,v\n2024-02-29 23:59:59,23:59,11:59 PM\n" +
		"2024-03-01 00:00:00,00:00,12:00 AM\n2023-01-01 12:30:15,12:30,12:30 PM\n",
	"fractions":          "t\n2024-02-29T23:59:59.123Z\n2024-02-29T00:00:00.000Z\n1969-12-31T23:59:59.999Z\n",
	"microseconds":       "t\n2024-02-29 23:59:59.123456\n2024-02-29 00:00:00.000001\n",
	"offset":             "t\n2024-02-29T23:59:59+02:00\n2024-03-01T00:30:00+02:00\n",
	"odd offset":         "t\n2024-02-29 23:59:59-0330\n2024-03-01 00:30:00-0330\n",
	"leading zeros":      "zip,x\n01234,1\n00501,2\n90210,3\n01234,4\n",
	"ids of 18 digits":   "id,x\n123456789012345678,1\n123456789012345679,2\n123456789012345678,3\n",
	"quoted newlines":    "a,b\n\"one\ntwo\",1\n\"three\r\nfour\",2\nfive,3\n",
	"quotes":             "a\n\"5\"\" pipe\"\n\"say \"\"hi\"\"\"\n\"\"\"\"\n",
	"delimiters":         "\"a,b\",c\n\"x,y\",1\nz,2\n",
	"emoji":              "😀,x\n👩‍👩‍👧,1\nnaïve,2\n漢字,3\n",
	"decimal comma":      "a;b\n1,50;x\n-2,25;y,z\n",
	"semicolon":          "a;b\n1.5;x\n-2.25;y\n",
	"tabs":               "a\tb\n1\tx y\n2\t\"x\ty\"\n",
	"pipes":              "a|b\n1|x\n2|y,z\n",
	"CRLF":               "a,b\r\n1,x\r\n2,\"y\r\nz\"\r\n",
	"BOM":                "\xef\xbb\xbfa,b\n1,x\n2,y\n",
	"latin1":             "ort,x\nK\xf6ln,1\nF\xfcrth,2\n",
	"all quoted":         "\"a\",\"b\"\n\"1\",\"x\"\n\"2\",\"y\"\n",
	"true and false":     "a,b,c\nTRUE,true,False\nFALSE,false,True\nTRUE,true,False\n",
	"missing":            "x,y,z\n1.5,NA,a\n,2,\n2.5,3,b\n",
	"a missing cell":     "x\n1\n\"\"\n2\n",
	"constant":           "a,b\n1,same\n2,same\n3,same\n",
	"empty":              "a,b\n1,\n2,\n3,\n",
	"values of peers":    "a,b\nNone,-\n.,x\nNone,?\n",
	"blanks are text":    "a\n x\ny \nz\n",
	"utf-16":             "\xff\xfea\x00\n\x00x\x00\n\x00\xf6\x00\n\x00x\x00\n\x00",
	"numbers to a digit": "x\n0.001\n0.25\n12.5\n",
}

func TestFilesComeBack(t *testing.T) {
	for name, content := range files {
		t.Run(name, func(t *testing.T) {
			table := mustRead(t, content, nil)
			if got := writeBack(t, table, ".csv"); got != content {
				t.Errorf("got %q, want %q; notes %v", got, content, table.Notes)
			}
			for _, c := range table.Columns {
				if !c.Exact {
					t.Errorf("column %q is not exact: %v", c.Name, table.Notes)
				}
			}
		})
	}
}

// What is written as Parquet is read as the same rows, and written as text is the same again.
func TestComingBackByParquet(t *testing.T) {
	const content = "n,x,when,day,clock,flag,kind,gap\n1,0.5,2024-02-29T23:59:59Z,2024-02-29,12:00:00,true,a,1\n" +
		"-2,1.25,2024-03-01T00:00:00Z,1969-12-31,23:59:59,false,b,\n3,2,2024-03-01T00:00:01Z,2000-01-01,00:00:00,true,a,3\n"
	typed := fileOf(t, "a.parquet", writeBack(t, mustRead(t, content, nil), ".parquet"))
	table, err := Read(t.Context(), typed, DefaultReadOptions())
	if err != nil {
		t.Fatal(err)
	}
	if got := writeBack(t, table, ".csv"); got != content {
		t.Errorf("got\n%s\nwant\n%s", got, content)
	}
}
