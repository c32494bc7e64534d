//! Load-balancing algorithms, and the regularity of arrivals at one pod under each.

/// How requests are distributed over the pods of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Balancer {
    /// Each request, or each short connection, goes to a random pod: kube-proxy with iptables.
    Random,
    /// Each pod in turn: kube-proxy with IPVS, most ingress controllers.
    RoundRobin,
    /// The less loaded of two random pods: the default of Envoy and Linkerd for HTTP.
    PowerOfTwo,
    /// The pod with the fewest requests in flight: `least_conn` in nginx, `leastconn` in HAProxy.
    LeastRequest,
}

impl Balancer {
    /// Squared coefficient of variation of the gaps between arrivals at one of `pods`, when Poisson arrivals are
    /// distributed.
    ///
    /// A random split of a Poisson stream is Poisson: 1. With round robin over n pods, a gap is a sum of n
    /// exponential ones (Erlang-n): 1/n. Balancers that consider the state of the pods do not produce a renewal
    /// stream; for them, the random split is an upper bound that their table stays below.
    pub fn arrival_scv(self, pods: u64) -> f64 {
        match self {
            Self::RoundRobin => 1.0 / count(pods),
            Self::Random | Self::PowerOfTwo | Self::LeastRequest => 1.0,
        }
    }
}

/// Number of pods as a float, at least 1. Beyond 2³² pods, nothing here depends on it.
pub(super) fn count(pods: u64) -> f64 {
    u32::try_from(pods).map_or(f64::from(u32::MAX), f64::from).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_robin_evens_out_arrivals() {
        assert_eq!(Balancer::RoundRobin.arrival_scv(8), 0.125);
        assert_eq!(Balancer::RoundRobin.arrival_scv(1), 1.0);
        assert_eq!(Balancer::RoundRobin.arrival_scv(0), 1.0);
        assert!(Balancer::RoundRobin.arrival_scv(u64::MAX) > 0.0);
        assert_eq!(Balancer::Random.arrival_scv(8), 1.0);
    }
}
