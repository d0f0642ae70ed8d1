-- Which node is where. A call to a node that is not named here waits until it is; false says that a node is down.
db = "127.0.0.1:2528"
