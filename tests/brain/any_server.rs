//! Whatever a server, a network, an application and a machine do: what must hold, holds.

use proptest::prelude::*;

use crate::random;
use crate::scenario::scenario;

proptest! {
    #![proptest_config(random::cases(1500))]

    #[test]
    fn is_survived_and_recovered_from(scenario in scenario(6, 30, 30_000.0)) {
        let mut world = scenario.play();
        scenario.recover(&mut world);
    }
}
