package main

// common is what the page of the program says beside its options.
const common = `.SH EXIT STATUS
.TP
.B 0
All went well.
.TP
.B 1
It failed at run time.
.TP
.B 2
A flag, the configuration or a rule is wrong, or there is no terminal for the screen.
.TP
.B 3
There are findings at or above --fail-on, or a goal was missed with bench --strict.
.SH FILES
.TP
.I $XDG_CONFIG_HOME/smoothtask/config.toml
The configuration, else
.I ~/.config/smoothtask/config.toml
or
.IR /etc/smoothtask/config.toml .
The first that exists counts alone.
.TP
.I $XDG_STATE_HOME/smoothtask/state.json
View, sort order, columns and theme of the last time, else below
.IR ~/.local/state .
.SH ENVIRONMENT
.TP
.B NO_COLOR
When set, no colours are used.
.TP
.B TERM
With dumb, the screen is drawn plainly.
.TP
.B SSH_CONNECTION
When set, the screen is refreshed every two seconds unless the interval is given.
.TP
.BR GOMEMLIMIT , " GOGC" , " GOMAXPROCS"
Used instead of what the program chooses for itself.
`
