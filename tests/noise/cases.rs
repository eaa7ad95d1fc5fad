//! Errors as pages saw them, in Chromium 156 and Firefox 153 with a real extension, as people reported
//! them of Safari, and made up to be mistaken for another.

use std::collections::BTreeMap;

use everline::noise::{Context, Evidence, Rule, judge};
use serde::Deserialize;

const PAGE: &str = "https://app.example.com/";

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// For who reads the file.
    #[allow(dead_code)]
    about: String,
    #[serde(default)]
    page: Option<String>,
    #[allow(dead_code)]
    event: String,
    #[serde(default)]
    thrown: Option<String>,
    message: String,
    #[serde(default)]
    filename: String,
    #[serde(default)]
    pub(crate) stack: Vec<String>,
    #[serde(default)]
    close: Option<(u16, bool)>,
    truth: String,
    verdict: String,
}

impl Case {
    pub(crate) fn judge(&self) -> Rule {
        self.judge_with(&self.stack.join("\n"))
    }

    /// The same with another stack.
    pub(crate) fn judge_with(&self, stack: &str) -> Rule {
        let is_close = self.thrown.as_deref() == Some("CloseEvent");
        let evidence = Evidence {
            message: &self.message,
            filename: &self.filename,
            stack,
            is_normal_close: is_close && matches!(self.close, Some((1000 | 1001, true))),
            ..Evidence::default()
        };
        let page = self.page.as_deref().unwrap_or(PAGE);
        judge(&evidence, &Context { page, ..Context::default() })
    }
}

pub(crate) fn all() -> Vec<Case> {
    serde_json::from_str(include_str!("cases.json")).unwrap()
}

#[test]
fn are_all_decided_rightly() {
    let wrong: BTreeMap<_, _> = all()
        .into_iter()
        .filter(|case| case.judge().suppresses() != (case.verdict == "suppress"))
        .map(|case| (case.name.clone(), case.judge()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn of_the_application_are_all_kept() {
    let of_the_application = |case: &Case| case.truth == "app";
    let (own, others): (Vec<_>, Vec<_>) = all().into_iter().partition(of_the_application);
    assert!(own.len() > 50 && others.len() > 40, "{} {}", own.len(), others.len());
    assert!(own.iter().all(|case| !case.judge().suppresses()));
}
