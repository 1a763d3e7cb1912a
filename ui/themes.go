package ui

// themes are data: what each style looks like. Numbers are of the 256-colour
// palette, which keeps escape sequences short. Text has a contrast of 4.5:1 at
// least, 7:1 in high contrast, as WCAG 2 wants it.
var themes = []theme{
	{
		name: "dark", about: "calm colours on a dark background",
		row: look{fg: "255", bg: "236"},
		looks: [styles]look{
			stDim: {fg: "250"}, stFaint: {fg: "246"}, stRule: {fg: "239"}, stStrong: {fg: "255", bold: true}, stAccent: {fg: "75"},
			stGood: {fg: "114"}, stWarn: {fg: "221"}, stBad: {fg: "210"}, stCritical: {fg: "231", bg: "160", bold: true},
			stKey: {fg: "117"}, stHead: {fg: "250", underlined: true}, stSorted: {fg: "75", underlined: true}, stBar: {fg: "252", bg: "235"}, stTab: {fg: "16", bg: "75", bold: true},
			stCPU: {fg: "80"}, stMemory: {fg: "141"}, stIn: {fg: "114"}, stOut: {fg: "215"},
			stRoot: {fg: "216"}, stNew: {fg: "120"}, stGone: {fg: "246"}, stMark: {fg: "221", bold: true}, stCursor: {reverse: true},
		},
	},
	{
		name: "light", about: "ink on a light background", onLight: true,
		row: look{fg: "16", bg: "254"},
		looks: [styles]look{
			stDim: {fg: "239"}, stFaint: {fg: "242"}, stRule: {fg: "251"}, stStrong: {fg: "16", bold: true}, stAccent: {fg: "25"},
			stGood: {fg: "22"}, stWarn: {fg: "94"}, stBad: {fg: "124"}, stCritical: {fg: "231", bg: "160", bold: true},
			stKey: {fg: "25"}, stHead: {fg: "239", underlined: true}, stSorted: {fg: "25", underlined: true}, stBar: {fg: "236", bg: "255"}, stTab: {fg: "231", bg: "25", bold: true},
			stCPU: {fg: "23"}, stMemory: {fg: "91"}, stIn: {fg: "22"}, stOut: {fg: "94"},
			stRoot: {fg: "90"}, stNew: {fg: "22"}, stGone: {fg: "242"}, stMark: {fg: "94", bold: true}, stCursor: {reverse: true},
		},
	},
	{
		name: "high-contrast", about: "full brightness, nothing dimmed",
		row: look{reverse: true},
		looks: [styles]look{
			stDim: {fg: "15"}, stFaint: {fg: "7"}, stRule: {fg: "7"}, stStrong: {fg: "15", bold: true}, stAccent: {fg: "14", bold: true},
			stGood: {fg: "10", bold: true}, stWarn: {fg: "11", bold: true}, stBad: {fg: "210", bold: true}, stCritical: {fg: "231", bg: "88", bold: true},
			stKey: {fg: "14", bold: true}, stHead: {fg: "15", bold: true, underlined: true}, stSorted: {fg: "14", bold: true, underlined: true}, stBar: {fg: "15", bold: true}, stTab: {fg: "16", bg: "15", bold: true},
			stCPU: {fg: "14"}, stMemory: {fg: "213"}, stIn: {fg: "10"}, stOut: {fg: "11"},
			stRoot: {fg: "11"}, stNew: {fg: "10", bold: true}, stGone: {fg: "7"}, stMark: {fg: "11", bold: true}, stCursor: {reverse: true},
		},
	},
	{
		name: "high-contrast", onLight: true,
		row: look{reverse: true},
		looks: [styles]look{
			stDim: {fg: "16"}, stFaint: {fg: "236"}, stRule: {fg: "236"}, stStrong: {fg: "16", bold: true}, stAccent: {fg: "18", bold: true},
			stGood: {fg: "22", bold: true}, stWarn: {fg: "53", bold: true}, stBad: {fg: "88", bold: true}, stCritical: {fg: "231", bg: "88", bold: true},
			stKey: {fg: "18", bold: true}, stHead: {fg: "16", bold: true, underlined: true}, stSorted: {fg: "18", bold: true, underlined: true}, stBar: {fg: "16", bold: true}, stTab: {fg: "231", bg: "16", bold: true},
			stCPU: {fg: "18"}, stMemory: {fg: "53"}, stIn: {fg: "22"}, stOut: {fg: "53"},
			stRoot: {fg: "16"}, stNew: {fg: "22", bold: true}, stGone: {fg: "236"}, stMark: {fg: "53", bold: true}, stCursor: {reverse: true},
		},
	},
	// The colours of Okabe and Ito, moved in lightness alone as far as it takes to
	// read them on the background.
	{
		name: "okabe-ito", about: "told apart with any kind of colour vision",
		row: look{fg: "255", bg: "236"},
		looks: [styles]look{
			stDim: {fg: "250"}, stFaint: {fg: "246"}, stRule: {fg: "239"}, stStrong: {fg: "255", bold: true}, stAccent: {fg: "#56B4E9"},
			stGood: {fg: "#00B884"}, stWarn: {fg: "#F0E442"}, stBad: {fg: "#F07C28"}, stCritical: {fg: "16", bg: "#D55E00", bold: true},
			stKey: {fg: "#56B4E9"}, stHead: {fg: "250", underlined: true}, stSorted: {fg: "#56B4E9", underlined: true}, stBar: {fg: "252", bg: "235"}, stTab: {fg: "16", bg: "#56B4E9", bold: true},
			stCPU: {fg: "#56B4E9"}, stMemory: {fg: "#D88BB6"}, stIn: {fg: "#00B884"}, stOut: {fg: "#E69F00"},
			stRoot: {fg: "#E69F00"}, stNew: {fg: "#F0E442"}, stGone: {fg: "246"}, stMark: {fg: "#F0E442", bold: true}, stCursor: {reverse: true},
		},
	},
	{
		name: "okabe-ito", onLight: true,
		row: look{fg: "16", bg: "254"},
		looks: [styles]look{
			stDim: {fg: "239"}, stFaint: {fg: "242"}, stRule: {fg: "251"}, stStrong: {fg: "16", bold: true}, stAccent: {fg: "#005F94"},
			stGood: {fg: "#00634A"}, stWarn: {fg: "#7F2F63"}, stBad: {fg: "#8F3C00"}, stCritical: {fg: "16", bg: "#D55E00", bold: true},
			stKey: {fg: "#005F94"}, stHead: {fg: "239", underlined: true}, stSorted: {fg: "#005F94", underlined: true}, stBar: {fg: "236", bg: "255"}, stTab: {fg: "231", bg: "#005F94", bold: true},
			stCPU: {fg: "#005F94"}, stMemory: {fg: "#7F2F63"}, stIn: {fg: "#00634A"}, stOut: {fg: "#7A4B00"},
			stRoot: {fg: "#7A4B00"}, stNew: {fg: "#00634A"}, stGone: {fg: "242"}, stMark: {fg: "#7F2F63", bold: true}, stCursor: {reverse: true},
		},
	},
	{
		name: "mono", about: "no colour: bold, underline and reverse alone",
		row: look{reverse: true},
		looks: [styles]look{
			stStrong: {bold: true}, stAccent: {bold: true}, stBad: {bold: true}, stWarn: {bold: true},
			stCritical: {bold: true, reverse: true}, stKey: {bold: true}, stHead: {underlined: true}, stSorted: {bold: true, underlined: true}, stTab: {reverse: true, bold: true},
			stNew: {bold: true}, stMark: {bold: true, underlined: true}, stCursor: {reverse: true},
		},
	},
}
