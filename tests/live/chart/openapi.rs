//! Every rendered object is valid under the OpenAPI schemas of the Kubernetes releases; unknown fields are errors.

use serde_json::{Value, json};

use super::{VARIANTS, parsed, read, rendered};
use crate::support::kit::part;

/// The oldest release that the chart supports, and the maintained ones (<https://kubernetes.io/releases>).
const RELEASES: [&str; 4] = ["1.31.14", "1.35.4", "1.36.3", "1.37.2"];

#[test]
fn objects_match_the_openapi_schema_of_each_release() {
    let objects: Vec<(&str, Vec<Value>)> = VARIANTS
        .iter()
        .map(|(name, values)| (*name, rendered(values)))
        .chain([("job.yaml", parsed(&read("charts/job.yaml")))])
        .collect();
    for release in RELEASES {
        let api = Api::of(release);
        for (variant, objects) in &objects {
            for object in objects {
                let wrong = api.wrong(object);
                assert!(wrong.is_empty(), "{release}, {variant}: {} {wrong:#?}", object["kind"]);
            }
        }
    }
}

#[test]
fn an_invalid_object_is_detected() {
    let api = Api::of(RELEASES[0]);
    let cron_job = |change: &dyn Fn(&mut Value)| {
        let mut object = rendered(&[]).into_iter().find(|object| object["kind"] == "CronJob").unwrap();
        change(&mut object);
        api.wrong(&object)
    };
    assert_eq!(cron_job(&|_| {}), [""; 0]);
    let pod = "/spec/jobTemplate/spec/template/spec";
    let in_pod = |change: &dyn Fn(&mut Value)| cron_job(&|object| change(object.pointer_mut(pod).unwrap()));
    assert_eq!(in_pod(&|pod| pod["restartpolicy"] = json!("Never")), [format!("{pod}/restartpolicy: unknown")]);
    assert_eq!(in_pod(&|pod| pod["containers"] = json!({})), [format!("{pod}/containers: not an array")]);
    assert_eq!(
        in_pod(&|pod| pod["containers"][0]["resources"]["limits"]["memory"] = json!(["1Gi"])),
        [format!("{pod}/containers/0/resources/limits/memory: not a string")]
    );
    assert_eq!(cron_job(&|object| object["spec"]["suspend"] = json!("no")), ["/spec/suspend: not a boolean"]);
    let without = cron_job(&|object| drop(object["spec"].as_object_mut().unwrap().remove("schedule")));
    assert_eq!(without, ["/spec: schedule is required"]);
    assert_eq!(cron_job(&|object| object["apiVersion"] = json!("batch/v2")), ["no batch/v2 CronJob"]);
}

/// The API of one release.
struct Api(Value);

impl Api {
    fn of(release: &str) -> Self {
        let file = std::fs::File::open(part(&format!("openapi/v{release}.json"))).unwrap();
        Self(serde_json::from_reader(std::io::BufReader::new(file)).unwrap())
    }

    /// Errors of an object, by path.
    fn wrong(&self, object: &Value) -> Vec<String> {
        let (version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let wanted = json!({ "group": group, "kind": kind, "version": version });
        let is_it = |definition: &&Value| {
            definition["x-kubernetes-group-version-kind"].as_array().is_some_and(|kinds| kinds.contains(&wanted))
        };
        let mut out = Vec::new();
        match self.0["definitions"].as_object().unwrap().values().find(is_it) {
            Some(definition) => self.check(definition, object, "", &mut out),
            None => out.push(format!("no {} {kind}", object["apiVersion"].as_str().unwrap())),
        }
        out
    }

    fn check(&self, schema: &Value, value: &Value, path: &str, out: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            return self.check(&self.0["definitions"][name.rsplit('/').next().unwrap()], value, path, out);
        }
        let is_right = match schema["type"].as_str() {
            // Free-form kinds (a quantity, a label value) are strings, or integers if the format says so.
            Some("string") => value.is_string() || (schema["format"] == "int-or-string" && value.is_i64()),
            Some("integer") => value.is_i64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        };
        if !is_right {
            let kind = schema["type"].as_str().unwrap();
            let article = if "aeio".contains(&kind[..1]) { "an" } else { "a" };
            return out.push(format!("{path}: not {article} {kind}"));
        }
        for (at, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check(&schema["items"], item, &format!("{path}/{at}"), out);
        }
        let Some(fields) = value.as_object() else { return };
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                out.push(format!("{path}: {name} is required"));
            }
        }
        for (name, field) in fields {
            let path = format!("{path}/{name}");
            match (schema["properties"].get(name), schema.get("additionalProperties")) {
                (Some(schema), _) | (None, Some(schema)) => self.check(schema, field, &path, out),
                (None, None) => out.push(format!("{path}: unknown")),
            }
        }
    }
}
