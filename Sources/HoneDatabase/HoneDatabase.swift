// HoneDatabase
