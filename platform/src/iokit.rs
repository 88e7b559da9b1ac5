//! IOKit's registry, IOKitLib.h: objects of the kernel's, their parents and their properties.

use std::ffi::CStr;

use libc::mach_port_t;
use objc2_core_foundation::{
    CFDictionary, CFNumber, CFRetained, CFString, CFStringBuiltInEncodings,
};
use objc2_io_kit::{
    IOIteratorNext, IOObjectConformsTo, IOObjectRelease, IORegistryEntryCreateCFProperty,
    IORegistryEntryGetParentEntry, IOServiceGetMatchingServices, IOServiceMatching,
    kIOServicePlane,
};

use crate::error::ReadError;
use crate::mach;

/// `kIOMainPortDefault`: the port is found by IOKit itself.
const MAIN_PORT: mach_port_t = 0;

/// A reference to an object, given back when it is dropped.
#[derive(Debug, Default)]
pub struct Object(mach_port_t);

impl Drop for Object {
    fn drop(&mut self) {
        if self.0 != 0 {
            let _ = IOObjectRelease(self.0);
        }
    }
}

/// A name of a property. Made once: making one takes memory.
#[derive(Debug)]
pub struct Key(CFRetained<CFString>);

// SAFETY: CFString is immutable once it is made, and CoreFoundation counts references atomically; so a string that is
// made in one thread may be used and dropped in another ("Thread Safety Summary" of Foundation and CoreFoundation).
unsafe impl Send for Key {}

impl Key {
    /// The key of that text.
    pub fn new(text: &'static str) -> Key {
        Key(CFString::from_static_str(text))
    }

    /// The number by this key.
    pub fn number(&self, numbers: &Numbers) -> Option<u64> {
        let number = numbers.0.get(&self.0)?.as_i64()?;
        Some(number.cast_unsigned())
    }
}

/// A dictionary of numbers by name.
#[derive(Debug)]
pub struct Numbers(CFRetained<CFDictionary<CFString, CFNumber>>);

impl Numbers {
    /// Takes the dictionary to be one.
    ///
    /// # Safety
    /// All its keys are strings, and the values of the keys that are asked for are numbers.
    pub unsafe fn new(dictionary: CFRetained<CFDictionary>) -> Numbers {
        // SAFETY: by this function's contract.
        Numbers(unsafe { CFRetained::cast_unchecked(dictionary) })
    }
}

/// Shows every registered object of a class.
pub fn each(class: &CStr, show: &mut dyn FnMut(Object)) -> Result<(), ReadError> {
    const CALL: &str = "IOServiceGetMatchingServices";
    // SAFETY: the name ends in NUL.
    let matching = unsafe { IOServiceMatching(class.as_ptr()) };
    // SAFETY: a mutable dictionary is a dictionary; what it holds is not looked at here.
    let matching = matching.map(|dictionary| unsafe { CFRetained::cast_unchecked(dictionary) });
    let mut iterator = 0;
    // SAFETY: the call takes over the dictionary, and writes an iterator to the local.
    let code = unsafe { IOServiceGetMatchingServices(MAIN_PORT, matching, &raw mut iterator) };
    mach::done(code, CALL)?;
    let iterator = Object(iterator);
    loop {
        match IOIteratorNext(iterator.0) {
            0 => return Ok(()),
            object => show(Object(object)),
        }
    }
}

impl Object {
    /// Its parent among the services.
    pub fn parent(&self) -> Option<Object> {
        let mut plane = name(kIOServicePlane);
        let mut parent = 0;
        // SAFETY: the plane is a name of 128 bytes that ends in NUL; the parent is written to the local.
        let code =
            unsafe { IORegistryEntryGetParentEntry(self.0, &raw mut plane, &raw mut parent) };
        (code == libc::KERN_SUCCESS).then(|| Object(parent))
    }

    /// Whether it is of that class, or of one made of it.
    pub fn is_a(&self, class: &CStr) -> bool {
        let mut class = name(class);
        // SAFETY: the class is a name of 128 bytes that ends in NUL.
        unsafe { IOObjectConformsTo(self.0, &raw mut class) }
    }

    /// A property that is a dictionary of numbers.
    pub fn numbers(&self, key: &Key) -> Option<Numbers> {
        // SAFETY: the key is a string; without an allocator the default one is taken, and there are no options.
        let property = unsafe { IORegistryEntryCreateCFProperty(self.0, Some(&key.0), None, 0) }?;
        let dictionary = property.downcast::<CFDictionary>().ok()?;
        // SAFETY: IOKit makes dictionaries with strings as keys alone (OSDictionary), and this one is of numbers by its
        // header, IOBlockStorageDriver.h.
        Some(unsafe { Numbers::new(dictionary) })
    }

    /// A property that is a text, written into `buffer`.
    pub fn text<'b>(&self, key: &Key, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        // SAFETY: as in `numbers`.
        let property = unsafe { IORegistryEntryCreateCFProperty(self.0, Some(&key.0), None, 0) }?;
        let text = property.downcast::<CFString>().ok()?;
        let size = isize::try_from(buffer.len()).ok()?;
        let utf8 = CFStringBuiltInEncodings::EncodingUTF8.0;
        // SAFETY: the call writes at most `size` bytes, the NUL at the end among them, into the buffer, which has so many.
        let is_whole = unsafe { text.c_string(buffer.as_mut_ptr().cast(), size, utf8) };
        let end = buffer.iter().position(|&byte| byte == 0)?;
        is_whole.then_some(&buffer[..end])
    }
}

/// An `io_name_t`: 128 bytes, cut so that they end in NUL.
fn name(text: &CStr) -> [libc::c_char; 128] {
    let mut name = [0; 128];
    for (place, &byte) in name[..127].iter_mut().zip(text.to_bytes()) {
        *place = byte.cast_signed();
    }
    name
}
