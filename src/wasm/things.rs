//! What JavaScript has a number for.

use super::call::Call;
use super::client::Client;
use super::producer::Producer;
use core::cell::RefCell;
use core::mem::replace;

/// A thing, or the place of one.
pub enum Thing {
    /// Free for another.
    None,
    /// At work, when the host that it calls may make others meanwhile; or come to nothing, and not freed yet.
    Taken,
    Client(Box<Client>),
    Call(Box<Call>),
    Producer(Box<Producer>),
}

/// Numbers it, from 1 on.
#[allow(clippy::cast_precision_loss)] // memory ends long before 2⁵³
pub fn add(thing: Thing) -> f64 {
    THINGS.with_borrow_mut(|things| {
        let free = things.iter().position(|place| matches!(place, Thing::None));
        let at = free.unwrap_or_else(|| {
            things.push(Thing::None);
            things.len() - 1
        });
        things[at] = thing;
        (at + 1) as f64
    })
}

/// For as long as something is done to it.
pub fn take(number: usize) -> Thing {
    THINGS.with_borrow_mut(|things| replace(&mut things[number - 1], Thing::Taken))
}

/// What was taken, or nothing where that has come to its end.
pub fn put_back(number: usize, thing: Thing) {
    THINGS.with_borrow_mut(|things| things[number - 1] = thing);
}

thread_local! {
    static THINGS: RefCell<Vec<Thing>> = const { RefCell::new(Vec::new()) };
}
