//! Small linear systems, and least squares without negative coefficients.

/// Sums of products of terms: the left side of normal equations.
pub(super) type Square<const N: usize> = [[f64; N]; N];

/// Number of terms of the flexible curve of [`super::robust`].
pub(super) const FLEXIBLE: usize = 4;

/// Maximum number of terms that are solved for together.
pub(super) const MAX_COLUMNS: usize = 8;

/// Copies the lower half of a symmetric matrix to the upper half.
pub(super) fn mirror<const N: usize>(matrix: &mut Square<N>) {
    for row in 1..N {
        let (above, from) = matrix.split_at_mut(row);
        above.iter_mut().zip(&from[0]).for_each(|(to, cell)| to[row] = *cell);
    }
}

/// The product of two matrices.
pub(super) fn product(one: &Square<MAX_COLUMNS>, other: &Square<MAX_COLUMNS>) -> Square<MAX_COLUMNS> {
    let mut result = [[0.0; MAX_COLUMNS]; MAX_COLUMNS];
    for (row, cells) in one.iter().zip(&mut result) {
        for (a, others) in row.iter().zip(other) {
            cells.iter_mut().zip(others).for_each(|(cell, b)| *cell += a * b);
        }
    }
    result
}

/// The inverse of the submatrix of the `chosen` terms of a symmetric matrix; `None` if they are not separable.
pub(super) fn inverse<const N: usize>(matrix: &Square<N>, chosen: &[usize]) -> Option<Square<MAX_COLUMNS>> {
    let size = chosen.len();
    let mut rows = [[0.0; 2 * MAX_COLUMNS]; MAX_COLUMNS];
    for (i, from) in chosen.iter().enumerate() {
        for (j, to) in chosen.iter().enumerate() {
            rows[i][j] = matrix[*from][*to];
        }
        rows[i][size + i] = 1.0;
    }
    for column in 0..size {
        let pivot = (column..size).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        let mut own = rows[column];
        // Losing ten digits leaves five.
        if own[column].abs() <= 1e-10 * matrix[chosen[column]][chosen[column]].abs() || own[column] == 0.0 {
            return None;
        }
        let scale = own[column];
        own.iter_mut().for_each(|cell| *cell /= scale);
        rows[column] = own;
        for (index, row) in rows.iter_mut().enumerate().take(size) {
            if index != column {
                let factor = row[column];
                row.iter_mut().zip(&own).for_each(|(cell, other)| *cell -= factor * other);
            }
        }
    }
    let mut result = [[0.0; MAX_COLUMNS]; MAX_COLUMNS];
    for (to, from) in result.iter_mut().zip(&rows).take(size) {
        to[..size].copy_from_slice(&from[size..2 * size]);
    }
    Some(result)
}

/// The solution for a right-hand side, in the order of `chosen`.
pub(super) fn solved<const N: usize>(inverse: &Square<MAX_COLUMNS>, vector: &[f64; N], chosen: &[usize]) -> [f64; N] {
    let mut solution = [0.0; N];
    for (row, to) in inverse.iter().zip(chosen) {
        solution[*to] = row.iter().zip(chosen).map(|(cell, from)| cell * vector[*from]).sum();
    }
    solution
}

/// Least squares with non-negative coefficients: the best of all subsets of the terms whose solution has no negative
/// coefficient. The fifteen subsets of four terms are cheaper than an iteration (Lawson & Hanson 1974, *Solving Least
/// Squares Problems*, chapter 23).
pub(super) fn not_below_zero(matrix: &Square<FLEXIBLE>, vector: &[f64; FLEXIBLE]) -> Option<[f64; FLEXIBLE]> {
    let mut best: Option<(f64, [f64; FLEXIBLE])> = None;
    for subset in (1_u32..(1 << FLEXIBLE)).rev() {
        let mut places = [0; FLEXIBLE];
        let mut count = 0;
        for term in (0..FLEXIBLE).filter(|term| subset & (1 << term) != 0) {
            places[count] = term;
            count += 1;
        }
        let chosen = &places[..count];
        let Some(inverse) = inverse(matrix, chosen) else { continue };
        let solution = solved(&inverse, vector, chosen);
        if solution.iter().any(|coefficient| *coefficient < 0.0 || !coefficient.is_finite()) {
            continue;
        }
        // At a solution of the normal equations, the sum of squares is reduced by this amount.
        let explained: f64 = solution.iter().zip(vector).map(|(a, b)| a * b).sum();
        if best.is_none_or(|(most, _)| explained > most) {
            best = Some((explained, solution));
        }
        if count == FLEXIBLE {
            break;
        }
    }
    best.map(|(_, solution)| solution)
}
