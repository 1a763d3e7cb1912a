package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/config"
	"github.com/smoothtask/smoothtask/filter"
	"github.com/smoothtask/smoothtask/ui"
)

// checkScreen checks the settings that only the screen and the filter language
// understand: keys, columns, saved filters.
func checkScreen(c *config.Config, o config.Origins) error {
	var errs config.Errors
	columns := ui.ProcessColumns()
	allowed := "one of " + strings.Join(columns, ", ")
	for _, name := range c.UI.Columns {
		if !slices.Contains(columns, name) {
			errs = append(errs, o.Error("ui.columns", fmt.Sprintf("%q", name), allowed))
		}
	}
	if !slices.Contains(columns, c.UI.Sort) {
		errs = append(errs, o.Error("ui.sort", fmt.Sprintf("%q", c.UI.Sort), allowed))
	}
	for _, err := range ui.CheckKeys(c.Keys) {
		errs = append(errs, o.Error("keys", err.Error(), "each key once where both actions can be meant; smoothtask shows the actions on ?"))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Filters)) {
		if _, err := filter.Compile(filter.Cgroups, c.Filters[name]); err == nil {
			continue
		}
		if _, err := newSelection(c.Filters[name]); err != nil {
			why, _, _ := strings.Cut(err.Error(), "\n") // the rest is a picture for a terminal
			errs = append(errs, o.Error("filters."+name, fmt.Sprintf("%q: %s", c.Filters[name], why), "an expression of the filter language"))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return usageError{errs}
}

// savedFilters are the operator's named filters, by name.
func savedFilters(c *config.Config) (list []ui.SavedFilter) {
	for _, name := range slices.Sorted(maps.Keys(c.Filters)) {
		list = append(list, ui.SavedFilter{Name: name, Text: c.Filters[name]})
	}
	return list
}
