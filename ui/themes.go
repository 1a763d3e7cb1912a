package ui

// themes are data: what each style looks like. Numbers are of the 256-colour
// palette, which keeps escape sequences short.
var themes = []theme{
	{
		name: "dark", about: "calm colours on a dark background",
		row: look{bg: "237"},
		looks: [styles]look{
			stDim: {fg: "246"}, stFaint: {fg: "240"}, stStrong: {fg: "255", bold: true}, stAccent: {fg: "75"},
			stGood: {fg: "114"}, stWarn: {fg: "221"}, stBad: {fg: "203"}, stCritical: {fg: "231", bg: "160", bold: true},
			stKey: {fg: "117"}, stHead: {fg: "246", underlined: true}, stBar: {fg: "252", bg: "235"}, stTab: {fg: "16", bg: "75", bold: true},
			stCPU: {fg: "80"}, stMemory: {fg: "141"}, stIn: {fg: "114"}, stOut: {fg: "215"},
			stRoot: {fg: "216"}, stNew: {fg: "120"}, stGone: {fg: "240"}, stMark: {fg: "221", bold: true}, stCursor: {reverse: true},
		},
	},
	{
		name: "light", about: "ink on a light background",
		row: look{bg: "253"},
		looks: [styles]look{
			stDim: {fg: "241"}, stFaint: {fg: "250"}, stStrong: {fg: "16", bold: true}, stAccent: {fg: "25"},
			stGood: {fg: "28"}, stWarn: {fg: "130"}, stBad: {fg: "160"}, stCritical: {fg: "231", bg: "160", bold: true},
			stKey: {fg: "25"}, stHead: {fg: "241", underlined: true}, stBar: {fg: "236", bg: "254"}, stTab: {fg: "231", bg: "25", bold: true},
			stCPU: {fg: "30"}, stMemory: {fg: "91"}, stIn: {fg: "28"}, stOut: {fg: "130"},
			stRoot: {fg: "124"}, stNew: {fg: "28"}, stGone: {fg: "248"}, stMark: {fg: "130", bold: true}, stCursor: {reverse: true},
		},
	},
	{
		name: "high-contrast", about: "full brightness, nothing dimmed",
		row: look{reverse: true},
		looks: [styles]look{
			stDim: {fg: "15"}, stFaint: {fg: "7"}, stStrong: {fg: "15", bold: true}, stAccent: {fg: "14", bold: true},
			stGood: {fg: "10", bold: true}, stWarn: {fg: "11", bold: true}, stBad: {fg: "9", bold: true}, stCritical: {fg: "15", bg: "1", bold: true},
			stKey: {fg: "14", bold: true}, stHead: {fg: "15", bold: true, underlined: true}, stBar: {fg: "15", bg: "4", bold: true}, stTab: {fg: "0", bg: "15", bold: true},
			stCPU: {fg: "14"}, stMemory: {fg: "13"}, stIn: {fg: "10"}, stOut: {fg: "11"},
			stRoot: {fg: "11"}, stNew: {fg: "10", bold: true}, stGone: {fg: "7"}, stMark: {fg: "11", bold: true}, stCursor: {reverse: true},
		},
	},
	{
		name: "okabe-ito", about: "told apart with any kind of colour vision",
		row: look{bg: "237"},
		looks: [styles]look{
			stDim: {fg: "246"}, stFaint: {fg: "240"}, stStrong: {fg: "255", bold: true}, stAccent: {fg: "#56B4E9"},
			stGood: {fg: "#009E73"}, stWarn: {fg: "#F0E442"}, stBad: {fg: "#D55E00"}, stCritical: {fg: "231", bg: "#D55E00", bold: true},
			stKey: {fg: "#56B4E9"}, stHead: {fg: "246", underlined: true}, stBar: {fg: "252", bg: "235"}, stTab: {fg: "16", bg: "#56B4E9", bold: true},
			stCPU: {fg: "#56B4E9"}, stMemory: {fg: "#CC79A7"}, stIn: {fg: "#009E73"}, stOut: {fg: "#E69F00"},
			stRoot: {fg: "#E69F00"}, stNew: {fg: "#F0E442"}, stGone: {fg: "240"}, stMark: {fg: "#F0E442", bold: true}, stCursor: {reverse: true},
		},
	},
	{
		name: "mono", about: "no colour: bold, underline and reverse alone",
		row: look{reverse: true},
		looks: [styles]look{
			stStrong: {bold: true}, stAccent: {bold: true}, stBad: {bold: true}, stWarn: {bold: true},
			stCritical: {bold: true, reverse: true}, stKey: {bold: true}, stHead: {underlined: true}, stTab: {reverse: true, bold: true},
			stNew: {bold: true}, stMark: {bold: true, underlined: true}, stCursor: {reverse: true},
		},
	},
}
