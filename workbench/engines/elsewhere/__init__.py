"""What goes along with an exported model: programs that run where nothing of the workbench is installed."""
