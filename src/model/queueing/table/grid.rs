/// The loads at which the tables have columns, as a share of the cores or, under a quota, of the quota. They are close
/// where waits rise; below the first, and the value there is close to that of an idle pod, the first is taken.
pub const LOADS: [f64; 7] = [0.05, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95];

/// What kind of number a table holds: how it is interpolated, and how it goes on beyond the last column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A time: logarithms are interpolated, and towards saturation it grows as 1/(1 − ρ), as every wait does.
    Time,
    /// A share: interpolated as it is; towards saturation it tends to one.
    Share,
}

/// A function of `N` keys and the load, known on a grid and interpolated between: linear in each key's coordinate and in
/// `ln(1/(1 − ρ))`, so that what rises along the grid rises everywhere.
#[derive(Clone, Debug)]
pub(super) struct Grid<const N: usize> {
    kind: Kind,
    axes: [Vec<f64>; N],
    /// Rows in the order of the axes, the last key fastest.
    rows: Vec<[f64; LOADS.len()]>,
    /// `ln(1/(1 − ρ))` of the columns.
    columns: [f64; LOADS.len()],
}

impl<const N: usize> Grid<N> {
    /// `axes` in rising coordinates, a row for each combination.
    pub(super) fn new(kind: Kind, axes: [Vec<f64>; N], mut rows: Vec<[f64; LOADS.len()]>) -> Self {
        if kind == Kind::Time {
            for value in rows.iter_mut().flatten() {
                *value = value.ln();
            }
        }
        Self { kind, axes, rows, columns: LOADS.map(load_coordinate) }
    }

    /// The value at these coordinates (clamped to the grid) and this load below 1.
    pub(super) fn at(&self, coordinates: [f64; N], load: f64) -> f64 {
        let t = load_coordinate(load);
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
        let beyond = (t - self.columns[LOADS.len() - 1]).max(0.0);
        match self.kind {
            Kind::Time => (sum + beyond).exp(),
            Kind::Share => 1.0 - (1.0 - sum) * (-beyond).exp(),
        }
    }
}

/// In which interval of a rising axis `x` lies and how far along, clamped to the ends.
fn place(axis: &[f64], x: f64) -> (usize, f64) {
    let above = axis.partition_point(|&node| node <= x);
    match above.checked_sub(1) {
        None => (0, 0.0),
        Some(index) if above == axis.len() => (index, 0.0),
        Some(index) => (index, (x - axis[index]) / (axis[above] - axis[index])),
    }
}

/// `ln(1/(1 − ρ))`.
fn load_coordinate(load: f64) -> f64 {
    -(-load).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(at: f64) -> [f64; LOADS.len()] {
        LOADS.map(|load| at / (1.0 - load))
    }

    #[test]
    fn heavy_traffic_is_interpolated_exactly() {
        let axes = [vec![0.0, 1.0], vec![0.0, 1.0, 3.0]];
        let e = f64::exp(1.0);
        let grid = Grid::new(Kind::Time, axes, vec![row(1.0), row(e), row(e * e), row(1.0), row(e), row(e * e)]);
        for load in [0.05, 0.4, 0.77, 0.95, 0.999] {
            assert!((grid.at([0.3, 0.5], load) * (1.0 - load) - 0.5_f64.exp()).abs() < 1e-9);
            assert!((grid.at([1.0, 2.0], load) * (1.0 - load) - 1.5_f64.exp()).abs() < 1e-9);
        }
        // Clamped.
        assert!((grid.at([-9.0, 99.0], 0.5) - 2.0 * e * e).abs() < 1e-9);
        assert!((grid.at([0.0, 0.0], 0.0) - 1.0 / 0.95).abs() < 1e-9);
    }

    #[test]
    fn shares_tend_to_one() {
        let grid = Grid::new(Kind::Share, [vec![0.0]], vec![[0.0, 0.0, 0.0, 0.1, 0.2, 0.5, 0.7]]);
        assert_eq!(grid.at([0.0], 0.1), 0.0);
        assert!((grid.at([0.0], 0.95) - 0.7).abs() < 1e-12);
        assert!(grid.at([0.0], 0.999_999) > 0.99);
        assert!(grid.at([0.0], 0.97) > 0.7);
    }
}
