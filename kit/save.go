package kit

// Save puts a value into the run's data when this attempt ends well, so that texts ({{ context.name }}) and conditions of later steps
// can ask for it. A nil removes it. What is saved is kept in the database of this installation only, never in Temporal.
func (c StepContext) Save(name string, value any) {
	if c.ask.Save != nil {
		c.ask.Save(name, value)
	}
}
