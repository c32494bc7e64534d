//! A linear program small enough to be exact about: a few variables, a row a node kind.

/// Below this a coefficient is rounding error; prices and shares here are between about 10⁻⁴ and 10⁴.
const TINY: f64 = 1e-10;

/// More pivots than any program here takes; a guard, not a limit that is met.
const PIVOTS: usize = 2_000;

/// The `y ≥ 0` with the largest `goal·y` for which every `row·y ≤ 1`.
///
/// The primal simplex method from `y = 0`, which is feasible. Bland's rule (Bland 1977, doi:10.1287/moor.2.2.103), the first
/// variable that helps and the first row among ties, cannot cycle. A direction without end is given up, so what comes back is
/// always feasible and the best unless the program is unbounded.
pub(super) fn maximize(goal: &[f64], rows: &[Vec<f64>]) -> Vec<f64> {
    let variables = goal.len();
    // A column for each variable that is zero (at first the wanted ones, numbered from 0), then the right-hand side; the slack
    // of a row is numbered after them. Only columns of variables that are zero are kept, so thousands of rows stay small.
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
    fn textbook_programs() {
        let near = |found: Vec<f64>, want: &[f64]| {
            assert!(found.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} is not {want:?}");
        };
        // max 3a + 5b, a ≤ 4, 2b ≤ 12, 3a + 2b ≤ 18 (Dantzig's Wyndor Glass): a = 2, b = 6.
        near(maximize(&[3.0, 5.0], &[vec![0.25, 0.0], vec![0.0, 1.0 / 6.0], vec![1.0 / 6.0, 1.0 / 9.0]]), &[2.0, 6.0]);
        // Nothing wanted, nothing done.
        near(maximize(&[0.0, 0.0], &[vec![1.0, 1.0]]), &[0.0, 0.0]);
        // Degenerate: the same row twice.
        near(maximize(&[1.0, 2.0], &[vec![1.0, 1.0], vec![1.0, 1.0]]), &[0.0, 1.0]);
        near(maximize(&[], &[]), &[]);
    }
}
