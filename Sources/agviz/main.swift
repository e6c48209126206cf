print("agviz")
