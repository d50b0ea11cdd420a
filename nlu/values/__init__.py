"""Values in standard form: found in text, merged, named, shown, masked and compared."""
