//! The grids of the simulated tables, and interpolation between their points.

/// The loads for which the tables without a quota have columns. They are dense where waits rise; below the first
/// column, where the value is close to that of an idle pod, its value is used.
pub const LOADS: [f64; 7] = [0.05, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95];

/// The margins for which the tables with a quota have columns: [`quota_margin`] of the load. The steep rise lies
/// between 3 and 1, whatever the service time and its variability, so interpolation over loads does not smear it.
pub const MARGINS: [f64; 10] = [40.0, 12.0, 5.0, 3.4, 2.4, 1.7, 1.1, 0.6, 0.25, 0.08];

/// Distance between the load and the quota in standard deviations of a period's demand, `(1 − ρ)/√(ρ·σ·(1 + cs²))`,
/// where `σ` is the service time ÷ the CPU time of a period: demand is compound Poisson with mean `ρ` and variance
/// `ρ·σ·(1 + cs²)`, both in quotas. `1 − Φ` of it is a first approximation of the throttled share.
pub fn quota_margin(load: f64, service_over_quota: f64, scv: f64) -> f64 {
    (1.0 - load) / (load * service_over_quota * (1.0 + scv)).sqrt()
}

/// The kind of number in a table: it determines the interpolation, and the extrapolation beyond the last column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A time: logarithms are interpolated, and towards saturation it grows like 1/(1 − ρ), as every wait does; the
    /// coordinates of the loads are chosen to make this a straight line.
    Time,
    /// A share: interpolated directly; towards saturation it tends to one.
    Share,
}

/// A function of `N` keys and the load, known on a grid and interpolated in between: linear in the coordinate of each
/// key and of the load, so that a function that increases along the grid increases everywhere.
#[derive(Clone, Debug)]
pub(super) struct Grid<const N: usize> {
    kind: Kind,
    axes: [Vec<f64>; N],
    /// Rows in the order of the axes, the last key fastest.
    rows: Vec<Vec<f64>>,
    /// Coordinates of the columns, in ascending order of load.
    columns: Vec<f64>,
}

impl<const N: usize> Grid<N> {
    /// `axes` and `columns` are increasing coordinates; there is one row for each combination and one value for each
    /// column.
    pub(super) fn new(kind: Kind, axes: [Vec<f64>; N], columns: Vec<f64>, mut rows: Vec<Vec<f64>>) -> Self {
        if kind == Kind::Time {
            for value in rows.iter_mut().flatten() {
                *value = value.ln();
            }
        }
        Self { kind, axes, rows, columns }
    }

    /// The value at these coordinates (clamped to the grid) and at this coordinate of the load.
    pub(super) fn at(&self, coordinates: [f64; N], t: f64) -> f64 {
        let (column, share) = place(&self.columns, t);
        // The corners of the cell, one axis at a time: (row, weight).
        let mut corners = [(0, 0.0); 16];
        corners[0].1 = 1.0;
        let mut filled = 1;
        for (axis, &x) in self.axes.iter().zip(&coordinates) {
            let (index, upper) = place(axis, x);
            for corner in 0..filled {
                let (row, weight) = corners[corner];
                let row = row * axis.len() + index;
                corners[corner] = (row, weight * (1.0 - upper));
                corners[filled + corner] = if upper > 0.0 { (row + 1, weight * upper) } else { (row, 0.0) };
            }
            filled *= 2;
        }
        let mut sum = 0.0;
        for &(row, weight) in &corners[..filled] {
            if weight > 0.0 {
                let row = &self.rows[row];
                let next = row.get(column + 1).unwrap_or(&row[column]);
                sum += weight * (row[column] + share * (next - row[column]));
            }
        }
        let beyond = self.columns.last().map_or(0.0, |last| (t - last).max(0.0));
        match self.kind {
            Kind::Time => (sum + beyond).exp(),
            Kind::Share => 1.0 - (1.0 - sum) * (-beyond).exp(),
        }
    }
}

/// The interval of an increasing axis that contains `x`, and the position within it, clamped to the ends.
fn place(axis: &[f64], x: f64) -> (usize, f64) {
    let above = axis.partition_point(|&node| node <= x);
    match above.checked_sub(1) {
        None => (0, 0.0),
        Some(index) if above == axis.len() => (index, 0.0),
        Some(index) => (index, (x - axis[index]) / (axis[above] - axis[index])),
    }
}

/// Coordinate of a load: `ln(1/(1 − ρ))`, in which waits are nearly straight lines.
pub(super) fn load_coordinate(load: f64) -> f64 {
    -(-load).ln_1p()
}

/// Coordinate of a margin: `ln(1/margin)`.
pub(super) fn margin_coordinate(margin: f64) -> f64 {
    -margin.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(at: f64) -> Vec<f64> {
        LOADS.map(|load| at / (1.0 - load)).to_vec()
    }

    fn columns() -> Vec<f64> {
        LOADS.map(load_coordinate).to_vec()
    }

    #[test]
    fn heavy_traffic_is_interpolated_exactly() {
        let axes = [vec![0.0, 1.0], vec![0.0, 1.0, 3.0]];
        let e = f64::exp(1.0);
        let rows = vec![row(1.0), row(e), row(e * e), row(1.0), row(e), row(e * e)];
        let grid = Grid::new(Kind::Time, axes, columns(), rows);
        for load in [0.05, 0.4, 0.77, 0.95, 0.999] {
            let t = load_coordinate(load);
            assert!((grid.at([0.3, 0.5], t) * (1.0 - load) - 0.5_f64.exp()).abs() < 1e-9);
            assert!((grid.at([1.0, 2.0], t) * (1.0 - load) - 1.5_f64.exp()).abs() < 1e-9);
        }
        // Out-of-range coordinates are clamped.
        assert!((grid.at([-9.0, 99.0], load_coordinate(0.5)) - 2.0 * e * e).abs() < 1e-9);
        assert!((grid.at([0.0, 0.0], f64::NEG_INFINITY) - 1.0 / 0.95).abs() < 1e-9);
    }

    #[test]
    fn shares_tend_to_one() {
        let rows = vec![vec![0.0, 0.0, 0.0, 0.1, 0.2, 0.5, 0.7]];
        let grid = Grid::new(Kind::Share, [vec![0.0]], columns(), rows);
        assert_eq!(grid.at([0.0], load_coordinate(0.1)), 0.0);
        assert!((grid.at([0.0], load_coordinate(0.95)) - 0.7).abs() < 1e-12);
        assert!(grid.at([0.0], load_coordinate(0.999_999)) > 0.99);
        assert!(grid.at([0.0], load_coordinate(0.97)) > 0.7);
    }
}
