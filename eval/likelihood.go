package eval

import (
	"context"

	"euryale/model"
)

// DataLikelihood is the likelihood of rows, each of which has its log-density.
type DataLikelihood struct {
	*model.Likelihood
	Reference Reference `json:"reference"` // what the rows are
}

// Likelihood measures as many rows that the net was not trained on as the request has samples, those of its label if it
// has one; of held-out rows there may be fewer. Rows of one's choice are measured by model.Model.Likelihood.
func Likelihood(ctx context.Context, m *model.Model, r model.Request) (*DataLikelihood, error) {
	if err := m.CheckLikelihood(r); err != nil {
		return nil, err
	}
	fresh, err := drawFresh(ctx, m, &r, 1, false)
	if err != nil {
		return nil, err
	}
	l, err := m.Likelihood(ctx, r, fresh.set(0))
	if err != nil {
		return nil, err
	}
	return &DataLikelihood{Likelihood: l, Reference: fresh.reference()}, nil
}
