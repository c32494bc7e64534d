//! Settings from variables and files: their precedence, and the messages about them.

use std::path::{Path, PathBuf};

use crate::support::binary::{capmodel, text};

/// A folder with one file, for one test.
struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, file: &str, content: &str) -> Self {
        let folder = Self(std::env::temp_dir().join(format!("capmodel-settings-{}-{name}", std::process::id())));
        folder.add(file, content);
        folder
    }

    fn add(&self, file: &str, content: &str) {
        let path = self.0.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Runs a command in the folder: exit code, stdout and stderr.
    fn run(&self, variables: &[(&str, &str)], arguments: &str) -> (i32, String, String) {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let output = capmodel(&words).current_dir(&self.0).envs(variables.iter().copied()).output().unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }

    /// The first line of output of a command that must succeed.
    fn first_line(&self, variables: &[(&str, &str)], arguments: &str) -> String {
        let (code, stdout, stderr) = self.run(variables, arguments);
        assert_eq!(code, 0, "{arguments}: {stderr}");
        stdout.lines().next().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn fixture(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path).display().to_string()
}

#[test]
fn the_command_line_overrides_variables_and_variables_override_files() {
    let folder = Folder::with("order", "capmodel.toml", "rps = 1000\n[estimate]\nrps = 2000\nregion = \"eu-west-1\"\n");
    let user = folder.0.join("user");
    let user = [("XDG_CONFIG_HOME", user.to_str().unwrap())];
    folder.add("user/capmodel/config.toml", "rps = 500\nregion = \"us-west-2\"\n");
    let own =
        |variables: &[(&str, &str)], arguments: &str| folder.first_line(&[&user[..], variables].concat(), arguments);
    assert!(own(&[], "estimate").starts_with("2,000 req/s"), "the table of a command goes before what is above it");
    assert!(own(&[("CAPMODEL_RPS", "3k")], "estimate").starts_with("3,000 req/s"));
    assert!(own(&[("CAPMODEL_RPS", "")], "estimate").starts_with("2,000 req/s"), "an empty variable is not set");
    assert!(own(&[("CAPMODEL_RPS", "3k")], "estimate --rps 4000").starts_with("4,000 req/s"));
    assert!(own(&[], "estimate --config user/capmodel/config.toml").starts_with("500 req/s"));
    assert!(own(&[("CAPMODEL_CONFIG", "user/capmodel/config.toml")], "estimate").starts_with("500 req/s"));
    for (variables, arguments) in [(&[][..], "estimate --no-config"), (&[("CAPMODEL_NO_CONFIG", "true")], "estimate")] {
        let (code, _, stderr) = folder.run(&[&user[..], variables].concat(), arguments);
        assert!(code == 2 && stderr.contains("--rps"), "{stderr}");
    }
    std::fs::remove_file(folder.0.join("capmodel.toml")).unwrap();
    assert!(own(&[], "estimate").starts_with("500 req/s"), "the file of the user, where the folder has none");
    let home = [("HOME", folder.0.to_str().unwrap())];
    folder.add(".config/capmodel/config.toml", "rps = 700\n");
    assert!(folder.first_line(&home, "estimate").starts_with("700 req/s"));
}

#[test]
fn settings_without_effect_are_ignored() {
    let content =
        "region = \"eu-west-1\"\nwidth = 70\nprofile = \"go-gin\"\ntenant = \"a\"\nwindow = \"7d\"\nteam = \"go\"\n";
    let folder = Folder::with("aside", "capmodel.toml", content);
    let (code, _, stderr) = folder.run(&[], "estimate --rps 5000 -v");
    assert_eq!(
        (code, stderr.as_str()),
        (0, "settings from capmodel.toml: profile, region, width; not used here: tenant, window\n")
    );
    // JSON has no width, and the article's claims use profiles of their own.
    let (code, stdout, stderr) = folder.run(&[], "estimate --rps 5000 --format json");
    assert!(code == 0 && stdout.starts_with('{') && stderr.is_empty(), "{stderr}");
    let (code, _, stderr) = folder.run(&[], "estimate --article");
    assert_eq!(code, 0, "{stderr}");
    // Only reading the snapshot shows that it has no services, and that its nodes state their region.
    let report = format!("report {} --prices {} -v", fixture("report/small.json"), fixture("report/prices.csv"));
    let (code, _, stderr) = folder.run(&[("CAPMODEL_SLO_P99", "20ms")], &report);
    let aside = "settings from capmodel.toml: width; not used here: tenant, window, team, region\nsettings from the environment: nothing; not used here: CAPMODEL_SLO_P99\n";
    assert_eq!((code, stderr.as_str()), (0, aside));
    // Options on the command line are still refused.
    let (code, _, stderr) = folder.run(&[], &format!("{report} --team go"));
    assert!(code == 2 && stderr.contains("--team has no effect here"), "{stderr}");
    let (code, _, stderr) = folder.run(&[], "estimate --rps 5000 --tenant a");
    assert!(code == 2 && stderr.contains("--prometheus <URL>"), "{stderr}");
}

#[test]
fn an_invalid_file_is_an_error_with_its_line() {
    let rows = [
        ("\nregoin = \"x\"", "line 2: `regoin` is not an option of any command; did you mean region?"),
        ("[report]\nrps = 5", "line 2: `rps` is not an option of report"),
        ("[reprot]", "line 1: `reprot` is not a command; did you mean report?"),
        ("[profiles.fti]", "line 1: `fti` is not a command; did you mean fit?"),
        ("config = \"x\"", "line 1: `config` is not an option of any command"),
        ("rps = [1, 2]", "line 1: `rps` takes one value"),
        ("verbose = \"yes\"", "line 1: `verbose` takes true or false"),
        ("profile = [[\"a\"]]", "line 1: `profile` must be a text"),
        ("month = 2026-10-01", "line 1: `month` looks like a date"),
        ("samples = 1024\nwidth = 5", "line 2: invalid value '5' for '--width <COLUMNS>': 5 is not in 40..=1000"),
        ("rps = 0x10", "line 1: `rps` must be"),
        ("rps = ", "line 1: "),
    ];
    for (content, said) in rows {
        let folder = Folder::with("wrong", "s.toml", content);
        let (code, stdout, stderr) = folder.run(&[], "estimate --config s.toml");
        let head = "error: s.toml is not a valid file of settings\n";
        assert!(
            code == 3 && stdout.is_empty() && stderr.starts_with(head) && stderr.contains(said),
            "{content}: {stderr}"
        );
    }
    // A file that cannot be read is blamed on whatever named it.
    let folder = Folder::with("wrong", "capmodel.toml/x", "");
    folder.add("user/capmodel/config.toml/x", "");
    let user = [("XDG_CONFIG_HOME", folder.0.join("user").display().to_string())];
    let blamed = |variables: &[(&str, &str)], arguments: &str| {
        let (code, _, stderr) = folder.run(variables, arguments);
        assert_eq!(code, 3, "{stderr}");
        stderr.lines().next().unwrap().to_owned()
    };
    assert_eq!(blamed(&[], "estimate --rps 5 --config other.toml"), "error: --config: cannot read other.toml");
    assert_eq!(
        blamed(&[("CAPMODEL_CONFIG", "other.toml")], "estimate --rps 5"),
        "error: CAPMODEL_CONFIG: cannot read other.toml"
    );
    assert_eq!(
        blamed(&[], "estimate --rps 5"),
        "error: settings of the current folder: capmodel.toml is not a regular file"
    );
    std::fs::remove_dir_all(folder.0.join("capmodel.toml")).unwrap();
    let user = [(user[0].0, user[0].1.as_str())];
    let of_user = blamed(&user, "estimate --rps 5");
    assert!(of_user.starts_with("error: settings of the user: ") && of_user.ends_with(" is not a regular file"));
}

#[test]
fn an_invalid_variable_is_an_error_with_its_name() {
    let folder = Folder::with("variables", "s.toml", "");
    for (name, value, said) in [
        ("CAPMODEL_WIDTH", "5", "CAPMODEL_WIDTH: invalid value '5' for '--width <COLUMNS>'"),
        ("CAPMODEL_VERBOSE", "yes", "CAPMODEL_VERBOSE: expected true or false"),
        ("CAPMODEL_REGOIN", "x", "CAPMODEL_REGOIN: no option has this name; did you mean CAPMODEL_REGION?"),
    ] {
        let (code, _, stderr) = folder.run(&[(name, value)], "estimate --rps 5000");
        assert!(code == 2 && stderr.contains(said), "{stderr}");
    }
    // Variables that Kubernetes sets for a Service named capmodel, and names that resemble no option.
    let others = [
        ("CAPMODEL_PORT", "tcp://10.0.0.1:80"),
        ("CAPMODEL_SERVICE_HOST", "10.0.0.1"),
        ("CAPMODEL_BINARY", "x"),
        ("CAPMODEL_KIT", "x"),
    ];
    assert!(folder.first_line(&others, "estimate --rps 5000").starts_with("5,000 req/s"));
    let several = [("CAPMODEL_PROFILE", "go-gin\nrust-axum\n"), ("CAPMODEL_VERBOSE", "1")];
    let (code, stdout, stderr) = folder.run(&several, "estimate --rps 5000");
    assert_eq!((code, stderr.as_str()), (0, "settings from the environment: CAPMODEL_PROFILE, CAPMODEL_VERBOSE\n"));
    assert!(stdout.contains("go-gin") && stdout.contains("rust-axum") && !stdout.contains("python"), "{stdout}");
}

/// A folder may come from someone else: its file must not name a program to run, a destination for reports or
/// credentials, or a file to write.
#[test]
fn the_file_of_a_folder_cannot_name_delivery_targets_or_programs() {
    for (option, value) in
        [("deliver", "slack:https://hooks.example/S3CRET"), ("kubeconfig", "S3CRET.yaml"), ("output", "S3CRET.txt")]
    {
        let folder = Folder::with("trust", "capmodel.toml", &format!("{option} = \"{value}\"\n"));
        let (code, _, stderr) = folder.run(&[], "report x.snapshot");
        assert!(
            code == 3 && stderr.contains(&format!("line 1: `{option}` is not read from the capmodel.toml of a folder")),
            "{stderr}"
        );
        let (code, _, stderr) = folder.run(&[], "report x.snapshot --config capmodel.toml");
        assert!(code == 3 && stderr.contains("cannot read x.snapshot"), "{stderr}");
        assert!(!stderr.contains("S3CRET"), "{stderr}");
    }
    // Errors do not repeat possible secrets either.
    for content in ["scrape = \"htp://S3CRET\"\n", "deliver = \"S3CRET\n", "deliver = [[\"S3CRET\"]]\n"] {
        let folder = Folder::with("secret", "s.toml", content);
        let (code, _, stderr) = folder.run(&[], "report x.snapshot --config s.toml");
        assert!(code == 3 && !stderr.contains("S3CRET"), "{stderr}");
    }
}
