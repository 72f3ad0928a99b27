package eval

import (
	"context"

	"euryale/model"
)

// Likelihood measures as many rows that the net was not trained on as the request has samples, those of its label if it
// has one.
func Likelihood(ctx context.Context, m *model.Model, r model.Request) (*model.Likelihood, error) {
	if err := m.CheckLikelihood(r); err != nil {
		return nil, err
	}
	fresh, err := freshSets(ctx, m, &r, 1)
	if err != nil {
		return nil, err
	}
	return m.Likelihood(ctx, r, fresh.sets[0])
}
