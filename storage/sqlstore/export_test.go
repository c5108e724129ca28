package sqlstore

import (
	"fmt"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/storage"
)

// DateStatements are the statements that look for dates of a rule.
func DateStatements(rule journey.DateRule) map[string]string {
	d := &dateScan{rule: rule, j: storage.DateJourney{JourneyID: ids.ID{1}}}
	table, all := scanCustomers, sqlAllCustomers
	if rule.Object != "" {
		table, all = scanObjects, sqlAllObjects
	}
	which, _ := d.which(table)
	return map[string]string{"due": sqlDatesDue, "changed": fmt.Sprintf(sqlDatesChanged, table, which), "everybody": fmt.Sprintf(all, which)}
}
