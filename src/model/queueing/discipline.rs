//! The order in which one pod serves its requests: first come first served, or processor sharing.

/// The queueing discipline within one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Discipline {
    /// First come, first served, each request by one of `servers` that works on it until the end: the worker
    /// processes of an event loop or of a sync server.
    Fcfs {
        /// Number of requests that are served at the same time.
        servers: u32,
    },
    /// All requests present share `threads` cores equally, each on at most one: a time-slicing runtime, such as Go's.
    Sharing {
        /// Number of threads that can run at the same time, for Go `GOMAXPROCS`.
        threads: u32,
    },
}

impl Discipline {
    /// Number of cores that the pod can use at the same time.
    pub const fn parallelism(self) -> u32 {
        match self {
            Self::Fcfs { servers } => servers,
            Self::Sharing { threads } => threads,
        }
    }
}
