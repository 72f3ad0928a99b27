package diffusion

import (
	"errors"

	"euryale/choice"
)

// DDPM makes the variance-preserving chain of a schedule (Ho, Jain and Abbeel 2020).
type DDPM struct {
	// Steps is T, the number of noising steps.
	Steps int `yaml:"steps"`
	// Schedule gives β_t for t = 0 … T−1.
	Schedule choice.One[Schedule] `yaml:"schedule"`
}

// Validate implements ProcessOptions. It also checks that the keys of the schedule fit together and fit the steps.
func (o *DDPM) Validate() error {
	_, err := o.New()
	return err
}

// New implements ProcessOptions.
func (o *DDPM) New() (Process, error) {
	const scheduleKey = "schedule"
	schedule := o.Schedule.Kind
	switch {
	case o.Steps < 1 || o.Steps > maxSteps:
		return nil, choice.Wrong("steps", "must be from 1 to %d, got %d", maxSteps, o.Steps)
	case schedule == nil:
		return nil, choice.Wrong(scheduleKey, "must be chosen")
	}
	if err := schedule.Validate(); err != nil {
		return nil, choice.Within(scheduleKey, err)
	}
	c, err := chainOf(schedule, o.Steps)
	var field *choice.FieldError
	switch {
	case errors.As(err, &field):
		return nil, choice.Within(scheduleKey, field)
	case err != nil:
		return nil, choice.Wrong(scheduleKey, "with %d steps: %w", o.Steps, err)
	}
	return c, nil
}
