//! The order in which one pod serves its requests: first come first served, or processor sharing.

/// How the requests inside one pod take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Discipline {
    /// First come, first served, each by one of `servers` that keeps it to the end: the worker processes of an event loop
    /// or of a sync server.
    Fcfs {
        /// Requests that run at a time.
        servers: u32,
    },
    /// All present share `threads` cores equally, each on at most one: a runtime that time-slices, such as Go's.
    Sharing {
        /// Cores' worth of threads, for Go `GOMAXPROCS`.
        threads: u32,
    },
}

impl Discipline {
    /// Cores that the pod can keep busy at a time.
    pub const fn parallelism(self) -> u32 {
        match self {
            Self::Fcfs { servers } => servers,
            Self::Sharing { threads } => threads,
        }
    }
}
