//! What a well-known name identifies.

/// A kind of software that affects the decision to rewrite a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Trains or serves models: the work is done in native libraries and accelerators.
    MachineLearning,
    /// Extracts, transforms and loads data, or processes a queue.
    Etl,
    /// Databases, proxies, brokers, agents: third-party code.
    Infrastructure,
}

impl Kind {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MachineLearning => "machine-learning",
            Self::Etl => "etl",
            Self::Infrastructure => "infrastructure",
        }
    }
}

/// Strength of the evidence that a name gives for the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A word in a user-chosen name.
    Hint,
    /// The program that is started, or the image that a project publishes.
    Good,
    /// The process itself reports it, or its owner declares it.
    Certain,
}

/// The role of a program or library in serving requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The framework that handlers are written with.
    Framework(&'static str),
    /// The server in front of the framework: it determines how many requests one process handles.
    Server(&'static str),
}

/// A well-known name, and what it identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownSoftware {
    /// The name; each name occurs once in its table.
    pub name: &'static str,
    /// `python`, `go`, `jvm`, `nodejs`, `dotnet` and others; `None` if it identifies no language.
    pub language: Option<&'static str>,
    /// Framework or server, if known.
    pub part: Option<Part>,
    /// Kind of software.
    pub kind: Option<Kind>,
    /// Strength of the evidence.
    pub strength: Strength,
}

impl KnownSoftware {
    /// A name that identifies only a language.
    pub(super) const fn of(name: &'static str, language: &'static str, strength: Strength) -> Self {
        Self { name, language: Some(language), part: None, kind: None, strength }
    }

    /// A name that identifies a kind of software, whatever its language.
    pub(super) const fn of_kind(name: &'static str, kind: Kind) -> Self {
        Self { name, language: None, part: None, kind: Some(kind), strength: Strength::Good }
    }

    /// Sets the framework.
    pub(super) const fn framework(self, framework: &'static str) -> Self {
        Self { part: Some(Part::Framework(framework)), ..self }
    }

    /// Sets the server.
    pub(super) const fn server(self, server: &'static str) -> Self {
        Self { part: Some(Part::Server(server)), ..self }
    }

    /// Sets the kind of software.
    pub(super) const fn kind(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// Sets the language.
    pub(super) const fn in_language(self, language: &'static str) -> Self {
        Self { language: Some(language), ..self }
    }

    /// What it identifies, as text: `python`, `python with fastapi`.
    pub fn says(&self) -> String {
        let part = self.part.map(|part| match part {
            Part::Framework(name) | Part::Server(name) => name,
        });
        match (self.language, part, self.kind) {
            (Some(language), Some(part), _) => format!("{language} with {part}"),
            (Some(language), None, _) => language.to_owned(),
            (None, Some(part), _) => part.to_owned(),
            (None, None, Some(kind)) => kind.name().to_owned(),
            (None, None, None) => String::new(),
        }
    }
}
