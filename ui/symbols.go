package ui

// symbols are the signs that stand beside colours, in two sets.
type symbols struct {
	met, missed, unknown  rune
	rule, bar             rune
	full, empty           rune
	steps                 []rune // a meter's last cell, from nearly empty to nearly full
	levels                []rune // a small column, from nothing to full
	braille               bool
	up, down, dot, marked rune
	corners               [4]rune // of a dialog: upper left, upper right, lower left, lower right
	branch, lastBranch    string
	pipe, gap             string
	closed                string
	arrow                 string
	severity              [5]string
	frozen                string
	degree                string
	micro                 string
}

var unicodeSymbols = symbols{
	met: '✓', missed: '✗', unknown: '·', rule: '─', bar: '│', corners: [4]rune{'╭', '╮', '╰', '╯'}, full: '━', empty: '─',
	steps: []rune("╸"), levels: []rune(" ▁▂▃▄▅▆▇█"), braille: true,
	up: '▲', down: '▼', dot: '●', marked: '◆',
	branch: "├─", lastBranch: "└─", pipe: "│ ", gap: "  ", closed: "▸", arrow: "→",
	severity: [5]string{"·", "○", "●", "▲", "■"}, frozen: "❚❚", degree: "°", micro: "µ",
}

var asciiSymbols = symbols{
	met: '+', missed: '!', unknown: '.', rule: '-', bar: '|', corners: [4]rune{'+', '+', '+', '+'}, full: '#', empty: '.',
	levels: []rune(" .:-=+*#@"),
	up:     '^', down: 'v', dot: '*', marked: '#',
	branch: "|-", lastBranch: "`-", pipe: "| ", gap: "  ", closed: "+", arrow: "->",
	severity: [5]string{".", "o", "*", "^", "#"}, frozen: "||", degree: "", micro: "u",
}
