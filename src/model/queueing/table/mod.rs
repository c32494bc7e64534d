//! Simulated tables, for quantities without a sufficiently accurate formula.

mod grid;
mod parse;

use super::balancer::Balancer;
use super::discipline::Discipline;
use grid::{Grid, load_coordinate, margin_coordinate};
pub use grid::{LOADS, MARGINS, quota_margin};
pub use parse::TableError;

/// All simulated tables. Built once and passed to every [`super::latency()`].
#[derive(Clone, Debug)]
pub struct QueueingTables {
    fcfs: Disciplined,
    sharing: Disciplined,
    quota_fcfs: Limited,
    quota_sharing: Limited,
    /// Throttling depends on the work per period, not on its order: one grid for both disciplines.
    throttled: Limited,
    /// The mean of first come, first served is also used for sharing: equal for exponential service, 12 % low for
    /// constant and 50 % high for mixed service. It is only used to count requests in flight for the memory estimate.
    quota_mean: Limited,
}

/// A table with the keys pods, servers and squared coefficient of variation.
type Balanced = Grid<3>;
/// Keys: servers, servers per core of quota, service time per quota, scv.
type Limited = Grid<4>;

#[derive(Clone, Debug)]
struct Disciplined {
    random: Balanced,
    round_robin: Balanced,
    power_of_two: Balanced,
    least_request: Balanced,
    /// Means for the last two balancers; the others have formulas.
    power_of_two_mean: Balanced,
    least_request_mean: Balanced,
}

/// The texts of the four tables in `profiles/queueing`.
#[derive(Clone, Copy, Debug)]
pub struct TableTexts<'a> {
    /// Text of `fcfs.csv`: first come first served.
    pub fcfs: &'a str,
    /// Text of `sharing.csv`: processor sharing.
    pub sharing: &'a str,
    /// Text of `quota-fcfs.csv`: first come first served under a CPU quota.
    pub quota_fcfs: &'a str,
    /// Text of `quota-sharing.csv`: processor sharing under a CPU quota.
    pub quota_sharing: &'a str,
}

/// The tables that are embedded in this program.
pub const SHIPPED_TABLES: TableTexts<'static> = TableTexts {
    fcfs: include_str!("../../../../profiles/queueing/fcfs.csv"),
    sharing: include_str!("../../../../profiles/queueing/sharing.csv"),
    quota_fcfs: include_str!("../../../../profiles/queueing/quota-fcfs.csv"),
    quota_sharing: include_str!("../../../../profiles/queueing/quota-sharing.csv"),
};

/// A pod with a CPU quota in the coordinates of the tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    /// Number of threads or workers.
    pub(super) servers: f64,
    /// Servers ÷ cores of the quota, above 1.
    pub(super) servers_per_core: f64,
    /// Service time ÷ CPU time of a period.
    pub(super) service_over_quota: f64,
    /// Variability of the service time.
    pub(super) scv: f64,
    /// Distance of the load from the quota, see [`quota_margin`].
    pub(super) margin: f64,
}

impl Limit {
    fn of(self, table: &Limited) -> f64 {
        let at = limited_coordinates([self.servers, self.servers_per_core, self.service_over_quota, self.scv]);
        table.at(at, margin_coordinate(self.margin))
    }
}

impl QueueingTables {
    /// Parses the four tables; an error names the table, the line and the problem.
    pub fn parse(texts: TableTexts<'_>) -> Result<Self, TableError> {
        let quota = parse::rows("quota-fcfs", 4, &MARGINS, texts.quota_fcfs)?;
        Ok(Self {
            throttled: limited("quota-fcfs", &quota, "throttled")?,
            quota_mean: limited("quota-fcfs", &quota, "mean")?,
            fcfs: Disciplined::parse("fcfs", texts.fcfs)?,
            sharing: Disciplined::parse("sharing", texts.sharing)?,
            quota_fcfs: limited("quota-fcfs", &quota, "p99")?,
            quota_sharing: limited(
                "quota-sharing",
                &parse::rows("quota-sharing", 4, &MARGINS, texts.quota_sharing)?,
                "p99",
            )?,
        })
    }

    /// p99 in service times. The number of pods does not matter for random, and is at least 2 for the others.
    pub(super) fn p99(&self, discipline: Discipline, balancer: Balancer, pods: f64, scv: f64, load: f64) -> f64 {
        let of = self.of(discipline);
        let servers = f64::from(discipline.parallelism());
        let grid = match balancer {
            Balancer::Random => &of.random,
            Balancer::RoundRobin => &of.round_robin,
            Balancer::PowerOfTwo => &of.power_of_two,
            Balancer::LeastRequest => &of.least_request,
        };
        grid.at(balanced_coordinates([pods, servers, scv]), load_coordinate(load))
    }

    /// Mean time from arrival to departure in service times; `None` for balancers that have a formula for the mean.
    pub(super) fn mean(
        &self,
        discipline: Discipline,
        balancer: Balancer,
        pods: f64,
        scv: f64,
        load: f64,
    ) -> Option<f64> {
        let of = self.of(discipline);
        let servers = f64::from(discipline.parallelism());
        let grid = match balancer {
            Balancer::Random | Balancer::RoundRobin => return None,
            Balancer::PowerOfTwo => &of.power_of_two_mean,
            Balancer::LeastRequest => &of.least_request_mean,
        };
        Some(grid.at(balanced_coordinates([pods, servers, scv]), load_coordinate(load)))
    }

    /// p99 under a quota with Poisson arrivals, in quota periods.
    pub(super) fn limited_p99(&self, discipline: Discipline, limit: Limit) -> f64 {
        let of = match discipline {
            Discipline::Fcfs { .. } => &self.quota_fcfs,
            Discipline::Sharing { .. } => &self.quota_sharing,
        };
        limit.of(of)
    }

    /// Mean time from arrival to departure under a quota with Poisson arrivals, in quota periods.
    pub(super) fn limited_mean(&self, limit: Limit) -> f64 {
        limit.of(&self.quota_mean)
    }

    /// Share of the periods in which a pod with Poisson arrivals is throttled.
    pub(super) fn throttled_share(&self, limit: Limit) -> f64 {
        limit.of(&self.throttled)
    }

    const fn of(&self, discipline: Discipline) -> &Disciplined {
        match discipline {
            Discipline::Fcfs { .. } => &self.fcfs,
            Discipline::Sharing { .. } => &self.sharing,
        }
    }
}

impl Disciplined {
    fn parse(table: &'static str, text: &str) -> Result<Self, TableError> {
        let rows = parse::rows(table, 3, &LOADS, text)?;
        let balanced = |name: &str, quantity: &str| {
            parse::grid(table, &rows, name, quantity, balanced_coordinates, LOADS.map(load_coordinate).to_vec())
        };
        Ok(Self {
            random: balanced("random", "p99")?,
            round_robin: balanced("rr", "p99")?,
            power_of_two: balanced("p2c", "p99")?,
            least_request: balanced("lr", "p99")?,
            power_of_two_mean: balanced("p2c", "mean")?,
            least_request_mean: balanced("lr", "mean")?,
        })
    }
}

fn limited(table: &'static str, rows: &[parse::Row<'_>], quantity: &str) -> Result<Limited, TableError> {
    parse::grid(table, rows, QUOTA, quantity, limited_coordinates, MARGINS.map(margin_coordinate).to_vec())
}

/// The row name in the quota tables; it is short because each of a thousand rows contains it.
const QUOTA: &str = "q";

fn balanced_coordinates([pods, servers, scv]: [f64; 3]) -> [f64; 3] {
    // The effect of an additional pod falls like 1/n, and the coordinate must increase with the key.
    [-1.0 / pods, -1.0 / servers, scv_coordinate(scv)]
}

fn limited_coordinates([servers, servers_per_core, service_over_quota, scv]: [f64; 4]) -> [f64; 4] {
    [servers.ln(), servers_per_core.ln(), service_over_quota.ln(), scv_coordinate(scv)]
}

/// The coordinate of variability, `ln(1 + cs)`: the logarithm of a gamma distribution's p99 is linear in it to within
/// 1 % between cs² of 0.25, 1 and 4, and that of a wait, which is proportional to 1 + cs² (Pollaczek–Khinchine), is
/// linear to within 6 %, erring high.
pub(super) fn scv_coordinate(scv: f64) -> f64 {
    scv.sqrt().ln_1p()
}
