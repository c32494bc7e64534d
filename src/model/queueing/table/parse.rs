//! Parses the simulated tables in `profiles/queueing`.

use super::grid::{Grid, Kind};

/// An error in a table in `profiles/queueing`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("queueing table {table}, line {line}: {why}")]
pub struct TableError {
    table: &'static str,
    line: usize,
    why: String,
}

/// One data line: its key, its quantity, and a value for each column.
pub(super) struct Row<'a> {
    line: usize,
    /// Text keys, for example the balancer.
    pub(super) name: &'a str,
    pub(super) quantity: &'a str,
    keys: Vec<f64>,
    values: Vec<f64>,
}

/// The lines of a table: comments begin with `#`, the first other line is the header, and each line after it has the
/// form `name, quantity, keys…, a value for each column`.
pub(super) fn rows<'a>(
    table: &'static str,
    keys: usize,
    columns: &[f64],
    text: &'a str,
) -> Result<Vec<Row<'a>>, TableError> {
    let error = |line: usize, why: String| TableError { table, line: line + 1, why };
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty());
    let (at, header) = lines.next().ok_or_else(|| error(0, "it is empty".to_owned()))?;
    let found = header.split(',').skip(2 + keys).map(str::parse).collect::<Result<Vec<f64>, _>>();
    if found.as_deref() != Ok(columns) {
        return Err(error(at, format!("its columns must be {columns:?}")));
    }
    let mut rows = Vec::with_capacity(text.len() / 40);
    for (line, content) in lines {
        let mut fields = content.split(',');
        let (Some(name), Some(quantity)) = (fields.next(), fields.next()) else {
            return Err(error(line, "a name and a quantity are missing".to_owned()));
        };
        let mut number = || {
            let field = fields.next().ok_or_else(|| error(line, "it is too short".to_owned()))?;
            let value: f64 = field.parse().map_err(|_| error(line, format!("`{field}` is not a number")))?;
            if value.is_finite() && value >= 0.0 {
                Ok(value)
            } else {
                Err(error(line, format!("`{field}` is not a number from zero up")))
            }
        };
        let keys = (0..keys).map(|_| number()).collect::<Result<Vec<f64>, _>>()?;
        let values = columns.iter().map(|_| number()).collect::<Result<Vec<f64>, _>>()?;
        if fields.next().is_some() {
            return Err(error(line, "it is too long".to_owned()));
        }
        rows.push(Row { line, name, quantity, keys, values });
    }
    Ok(rows)
}

/// The grid of the rows with this name and quantity; `coordinates` converts their keys to interpolation coordinates.
pub(super) fn grid<const N: usize>(
    table: &'static str,
    rows: &[Row<'_>],
    name: &str,
    quantity: &str,
    coordinates: fn([f64; N]) -> [f64; N],
    columns: Vec<f64>,
) -> Result<Grid<N>, TableError> {
    let kind = if quantity == "throttled" { Kind::Share } else { Kind::Time };
    let mut points: Vec<([f64; N], &Row<'_>)> = Vec::new();
    for row in rows.iter().filter(|row| row.name == name && row.quantity == quantity) {
        let error = |why: &str| TableError { table, line: row.line + 1, why: why.to_owned() };
        let keys = <[f64; N]>::try_from(row.keys.as_slice()).map_err(|_| error("wrong number of keys"))?;
        let rising = row.values.is_sorted();
        let positive = kind == Kind::Share || row.values[0] > 0.0;
        if !(rising && positive) {
            return Err(error("its values must be above zero and not fall with the load"));
        }
        points.push((coordinates(keys), row));
    }
    let by_keys = |a: &[f64; N], b: &[f64; N]| {
        a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    };
    points.sort_by(|(a, _), (b, _)| by_keys(a, b));
    let axes: [Vec<f64>; N] = std::array::from_fn(|axis| {
        let mut nodes: Vec<f64> = points.iter().map(|(keys, _)| keys[axis]).collect();
        nodes.sort_by(f64::total_cmp);
        nodes.dedup();
        nodes
    });
    // Sorted and without gaps, the rows are the product of the axes in order.
    let complete = points.len() == axes.iter().map(Vec::len).product::<usize>()
        && points.windows(2).all(|pair| by_keys(&pair[0].0, &pair[1].0).is_lt());
    if points.is_empty() || !complete {
        let why = format!("the rows of `{name}`, `{quantity}` are not one for each combination of their keys");
        return Err(TableError { table, line: points.first().map_or(1, |(_, row)| row.line + 1), why });
    }
    Ok(Grid::new(kind, axes, columns, points.iter().map(|(_, row)| row.values.clone()).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::grid::LOADS;
    use super::*;

    const GOOD: &str = "# made by hand\n\
        name,quantity,servers,scv,0.05,0.3,0.5,0.7,0.8,0.9,0.95\n\
        random,p99,1,0,1,1,2,3,4,5,6\n\
        random,p99,1,1,1,1,2,3,4,5,6\n\
        random,p99,2,0,1,1,2,3,4,5,6\n\
        random,p99,2,1,1,1,2,3,4,5,6\n";

    fn parse(text: &str) -> Result<Grid<2>, TableError> {
        let rows = rows("test", 2, &LOADS, text)?;
        grid("test", &rows, "random", "p99", |keys| keys, LOADS.to_vec())
    }

    #[test]
    fn incomplete_tables_are_refused() {
        assert!((parse(GOOD).unwrap().at([1.5, 0.5], 0.5) - 2.0).abs() < 1e-12);
        for (from, to, why) in [
            ("random,p99,2,1,1,1,2,3,4,5,6\n", "", "line 3: the rows of `random`"),
            ("random,p99,2,1,1", "random,p99,2,0,1", "line 3: the rows of `random`"),
            ("2,3,4,5,6\nrandom,p99,1,1", "2,3,4,5\nrandom,p99,1,1", "line 3: it is too short"),
            ("2,3,4,5,6\nrandom,p99,1,1", "2,3,4,5,6,7\nrandom,p99,1,1", "line 3: it is too long"),
            ("2,3,4,5,6\nrandom,p99,1,1", "2,3,x,5,6\nrandom,p99,1,1", "line 3: `x` is not a number"),
            ("2,3,4,5,6\nrandom,p99,1,1", "2,3,4,5,4\nrandom,p99,1,1", "line 3: its values must be"),
            ("2,3,4,5,6\nrandom,p99,1,1", "2,3,4,5,NaN\nrandom,p99,1,1", "line 3: `NaN` is not a number"),
            ("0.95", "0.96", "line 2: its columns must be"),
        ] {
            let error = parse(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(why), "expected {why}, got {error}");
        }
        assert!(parse("").is_err());
    }
}
