//! Whatever a server, a network, an application and a machine do: what must hold, holds.

use proptest::prelude::*;

use crate::scenario::scenario;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn is_survived_and_recovered_from(scenario in scenario(6, 30, 30_000.0)) {
        let mut world = scenario.play();
        scenario.recover(&mut world);
    }
}
