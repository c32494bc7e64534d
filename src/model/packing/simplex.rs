//! A simplex solver for small linear programs: few variables, one row per node kind.

/// Coefficients below this are rounding errors; prices and shares here are between about 10⁻⁴ and 10⁴.
const TINY: f64 = 1e-10;

/// Upper limit of pivots, far above what any program here takes; guards against an endless loop.
const PIVOTS: usize = 2_000;

/// The `y ≥ 0` that maximizes `goal·y` subject to `row·y ≤ 1` for every row.
///
/// The primal simplex method from `y = 0`, which is feasible. Bland's rule (Bland 1977, doi:10.1287/moor.2.2.103),
/// which takes the first improving variable and the first row among ties, cannot cycle. The search stops at an
/// unbounded direction, so the result is always feasible, and optimal unless the program is unbounded.
pub(super) fn maximize(goal: &[f64], rows: &[Vec<f64>]) -> Vec<f64> {
    let variables = goal.len();
    // One column per nonbasic (zero) variable, at first the original variables from 0, then the right-hand side; the
    // slack variables of the rows are numbered after them. Only nonbasic columns are stored, so thousands of rows
    // stay small.
    let mut table: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().copied().chain([1.0]).collect()).collect();
    let mut reduced: Vec<f64> = goal.iter().copied().chain([0.0]).collect();
    let mut zero: Vec<usize> = (0..variables).collect();
    let mut basis: Vec<usize> = (variables..variables + rows.len()).collect();
    let scale = goal.iter().copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    for _ in 0..PIVOTS {
        let helpful = (0..variables).filter(|column| reduced[*column] > TINY * scale);
        let Some(entering) = helpful.min_by_key(|column| zero[*column]) else { break };
        let leaving = (0..table.len())
            .filter(|row| table[*row][entering] > TINY)
            .map(|row| (table[row][variables] / table[row][entering], basis[row], row))
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let Some((_, _, leaving)) = leaving else { break };
        let pivot = table[leaving][entering];
        table[leaving][entering] = 1.0;
        table[leaving].iter_mut().for_each(|cell| *cell /= pivot);
        let source = table[leaving].clone();
        let others = table.iter_mut().enumerate().filter(|(row, _)| *row != leaving).map(|(_, row)| row);
        for row in others.chain([&mut reduced]) {
            let factor = std::mem::take(&mut row[entering]);
            if factor != 0.0 {
                row.iter_mut().zip(&source).for_each(|(cell, from)| *cell -= factor * from);
            }
        }
        std::mem::swap(&mut basis[leaving], &mut zero[entering]);
    }
    let mut solution = vec![0.0; variables];
    for (row, variable) in basis.into_iter().enumerate() {
        if variable < variables {
            solution[variable] = table[row][variables].max(0.0);
        }
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textbook_programs_are_solved() {
        let near = |found: Vec<f64>, want: &[f64]| {
            assert!(found.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9), "expected {want:?}, got {found:?}");
        };
        // max 3a + 5b, a ≤ 4, 2b ≤ 12, 3a + 2b ≤ 18 (Dantzig's Wyndor Glass): a = 2, b = 6.
        near(maximize(&[3.0, 5.0], &[vec![0.25, 0.0], vec![0.0, 1.0 / 6.0], vec![1.0 / 6.0, 1.0 / 9.0]]), &[2.0, 6.0]);
        // A zero objective gives the zero solution.
        near(maximize(&[0.0, 0.0], &[vec![1.0, 1.0]]), &[0.0, 0.0]);
        // Degenerate: the same row twice.
        near(maximize(&[1.0, 2.0], &[vec![1.0, 1.0], vec![1.0, 1.0]]), &[0.0, 1.0]);
        near(maximize(&[], &[]), &[]);
    }
}
